#include "noise/patterns.h"

#include <algorithm>
#include <array>
#include <ranges>

namespace sotto::noise {
namespace {

// A pattern as the specification prints it: pre-messages, then messages divided by "|".
struct Row {
  std::string_view name;
  std::string_view known;  // "->s": the initiator's static key beforehand; "<-s": the other's
  std::string_view messages;
};

constexpr Row rows[] = {
    // One-way, section 7.4
    {"N", "<-s", "e es"},
    {"K", "->s <-s", "e es ss"},
    {"X", "<-s", "e es s ss"},
    // Interactive, section 7.5
    {"NN", "", "e | e ee"},
    {"NK", "<-s", "e es | e ee"},
    {"NX", "", "e | e ee s es"},
    {"XN", "", "e | e ee | s se"},
    {"XK", "<-s", "e es | e ee | s se"},
    {"XX", "", "e | e ee s es | s se"},
    {"KN", "->s", "e | e ee se"},
    {"KK", "->s <-s", "e es ss | e ee se"},
    {"KX", "->s", "e | e ee se s es"},
    {"IN", "", "e s | e ee se"},
    {"IK", "<-s", "e es s ss | e ee se"},
    {"IX", "", "e s | e ee se s es"},
    // Deferred, section 18.1
    {"NK1", "<-s", "e | e ee es"},
    {"NX1", "", "e | e ee s | es"},
    {"X1N", "", "e | e ee | s | se"},
    {"X1K", "<-s", "e es | e ee | s | se"},
    {"XK1", "<-s", "e | e ee es | s se"},
    {"X1K1", "<-s", "e | e ee es | s | se"},
    {"X1X", "", "e | e ee s es | s | se"},
    {"XX1", "", "e | e ee s | es s se"},
    {"X1X1", "", "e | e ee s | es s | se"},
    {"K1N", "->s", "e | e ee | se"},
    {"K1K", "->s <-s", "e es | e ee | se"},
    {"KK1", "->s <-s", "e | e ee se es"},
    {"K1K1", "->s <-s", "e | e ee es | se"},
    {"K1X", "->s", "e | e ee s es | se"},
    {"KX1", "->s", "e | e ee se s | es"},
    {"K1X1", "->s", "e | e ee s | se es"},
    {"I1N", "", "e s | e ee | se"},
    {"I1K", "<-s", "e es s | e ee | se"},
    {"IK1", "<-s", "e s | e ee se es"},
    {"I1K1", "<-s", "e s | e ee es | se"},
    {"I1X", "", "e s | e ee s es | se"},
    {"IX1", "", "e s | e ee se s | es"},
    {"I1X1", "", "e s | e ee s | se es"},
};

constexpr std::array<std::string_view, 6> token_names{"e", "s", "ee", "es", "se", "ss"};

Token token_of(std::string_view name) {
  return static_cast<Token>(std::ranges::find(token_names, name) - token_names.begin());
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (const auto part : std::views::split(text, separator)) {
    if (!part.empty()) out.emplace_back(part.begin(), part.end());
  }
  return out;
}

Pattern built(const Row& row) {
  Pattern pattern;
  pattern.initiator_static_known = row.known.contains("->s");
  pattern.responder_static_known = row.known.contains("<-s");
  for (const std::string_view message : split(row.messages, '|')) {
    auto& tokens = pattern.messages.emplace_back();
    for (const std::string_view name : split(message, ' ')) tokens.push_back(token_of(name));
  }
  return pattern;
}

// Section 9.4: psk0 stands before the first message's tokens, pskN after message N's.
// False for a modifier that is none or names no message.
bool place_psk(std::string_view modifier, Pattern& pattern) {
  if (modifier.size() != 4 || !modifier.starts_with("psk")) return false;
  const auto place = static_cast<std::size_t>(modifier[3] - '0');
  if (place > pattern.messages.size()) return false;
  auto& tokens = pattern.messages[place == 0 ? 0 : place - 1];
  tokens.insert(place == 0 ? tokens.begin() : tokens.end(), Token::psk);
  ++pattern.psks;
  return true;
}

}  // namespace

Result<Pattern> parse_pattern(std::string_view name) {
  const auto unknown = [] {
    return fail(Errc::unknown_pattern,
                "The other side asks for a handshake that this sotto does not know. Update "
                "both sides to the same version.");
  };
  const std::size_t base_length = std::min(name.find("psk"), name.size());
  const auto* row = std::ranges::find(rows, name.substr(0, base_length), &Row::name);
  if (row == std::end(rows)) return unknown();
  Pattern pattern = built(*row);
  std::string_view previous;
  std::string spelled(row->name);
  for (const std::string_view modifier : split(name.substr(base_length), '+')) {
    if (modifier <= previous || !place_psk(modifier, pattern)) return unknown();
    if (!previous.empty()) spelled += '+';
    spelled += modifier;
    previous = modifier;
  }
  if (spelled != name) return unknown();  // "XXpsk0+", say: a pattern has one name
  pattern.name = std::move(spelled);
  return pattern;
}

std::string protocol_name(const Pattern& pattern) {
  return "Noise_" + pattern.name + "_25519_ChaChaPoly_BLAKE2b";
}

}  // namespace sotto::noise
