#include "tor/command.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "tor/quoting.h"

namespace sotto::tor {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// What the classes of statuses mean (control-spec section 4).
std::string_view meaning(int status) {
  switch (status) {
    case 451:
      return "it is out of resources";
    case 500:
    case 510:
    case 511:
      return "it does not know the command";
    case 512:
    case 513:
      return "it does not understand what was asked";
    case 514:
      return "it wants us to authenticate first";
    case 551:
      return "something is wrong inside it";
    case 552:
      return "it does not know what was named";
    case 553:
      return "it does not take that value";
    case 555:
      return "it is not the one to ask";
    default:
      return "it says no";
  }
}

}  // namespace

Command::Command(std::string_view keyword) : redacted_(keyword) {
  assert(is_word(keyword));
  pieces_.emplace_back(as_bytes(keyword));
}

Command& Command::word(std::string_view word) & {
  assert(is_word(word));
  pieces_.emplace_back(as_bytes(" "));
  pieces_.emplace_back(as_bytes(word));
  redacted_ += ' ';
  redacted_ += word;
  return *this;
}

Command& Command::secret(std::string_view prefix, const Secret& word, std::string_view name) & {
  assert(is_word(as_text(word.view())));
  pieces_.emplace_back(as_bytes(" "));
  if (!prefix.empty()) pieces_.emplace_back(as_bytes(prefix));
  pieces_.push_back(word.copy());
  redacted_ += ' ';
  redacted_ += prefix;
  redacted_ += '[' + std::string(name) + ']';
  return *this;
}

bool Command::quoted(std::string_view key, std::string_view value) & {
  assert(is_word(key));
  const auto text = quote(value);
  if (!text) return false;
  const std::string word = ' ' + std::string(key) + '=' + *text;
  pieces_.emplace_back(as_bytes(word));
  redacted_ += displayable(word);
  return true;
}

Secret Command::line() const {
  std::size_t size = 2;
  for (const Secret& piece : pieces_) size += piece.size();
  Secret out(size);
  auto at = out.mutable_view().begin();
  for (const Secret& piece : pieces_) at = std::ranges::copy(piece.view(), at).out;
  std::ranges::copy(as_bytes("\r\n"), at);
  return out;
}

std::string_view Command::keyword() const {
  return as_text(pieces_.front().view());
}

Command get_info(std::initializer_list<std::string_view> keys) {
  Command out("GETINFO");
  for (const std::string_view key : keys) out.word(key);
  return out;
}

// 250-key=value | 250+key= data | 250 OK
Result<std::map<std::string, std::string>> read_get_info(const Reply& reply) {
  if (!reply.ok()) return std::unexpected(refusal(reply, "say how it is"));
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i + 1 < reply.lines.size(); ++i) {
    const ReplyLine& line = reply.lines[i];
    const std::size_t equals = line.text.find('=');
    if (equals == std::string::npos) {
      return fail(Errc::control_reply,
                  "Tor answered GETINFO with \"" + displayable(line.text) +
                      "\", which is no key and value. Check that the port is tor's "
                      "ControlPort.");
    }
    out[line.text.substr(0, equals)] = line.text.substr(equals + 1) + line.data.value_or("");
  }
  return out;
}

Command set_events(std::initializer_list<std::string_view> events) {
  Command out("SETEVENTS");
  for (const std::string_view event : events) out.word(event);
  return out;
}

Command take_ownership() {
  return Command("TAKEOWNERSHIP");
}

Command reset_conf(std::initializer_list<std::string_view> options) {
  Command out("RESETCONF");
  for (const std::string_view option : options) out.word(option);
  return out;
}

Command signal(Signal signal) {
  static constexpr std::string_view names[] = {"ACTIVE", "NEWNYM", "RELOAD", "SHUTDOWN",
                                               "HALT"};
  Command out("SIGNAL");
  out.word(names[static_cast<std::size_t>(signal)]);
  return out;
}

Result<Command> set_conf(const std::vector<std::pair<std::string, std::string>>& options) {
  Command out("SETCONF");
  for (const auto& [option, value] : options) {
    if (!out.quoted(option, value)) {
      return fail(
          Errc::control_argument,
          "The value of " + option + " for tor holds a line break or a zero byte. Remove it.");
    }
  }
  return out;
}

Result<void> read_ok(const Reply& reply) {
  if (!reply.ok()) return std::unexpected(refusal(reply, "do what was asked"));
  return {};
}

Error refusal(const Reply& reply, std::string_view what) {
  return {Errc::control_refused, "Tor did not " + std::string(what) + ": " +
                                     std::string(meaning(reply.status)) + " (" +
                                     std::to_string(reply.status) + " " +
                                     displayable(reply.last()) + "). Look into tor's log."};
}

Secret take_secret(std::string text) {
  Secret out(as_bytes(text));
  wipe(std::as_writable_bytes(std::span(text)));
  return out;
}

}  // namespace sotto::tor
