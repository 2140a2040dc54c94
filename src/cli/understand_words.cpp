// Words that several commands have: one of a few choices, what goes with it, --timeout.
#include <algorithm>

#include "base/text.h"
#include "cli/suggest.h"
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {

std::vector<std::string> choices_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Result<std::size_t> understand_choice(std::string_view taker, std::string_view value,
                                      std::string_view choices) {
  const std::vector<std::string> known = choices_of(choices);
  const auto at = std::ranges::find(known, value);
  if (at != known.end()) return static_cast<std::size_t>(at - known.begin());
  std::string all;  // "list, show or close"
  for (std::size_t i = 0; i < known.size(); ++i) {
    all += i == 0 ? "" : i + 1 == known.size() ? " or " : ", ";
    all += known[i];
  }
  const auto meant = nearest(value, known);
  return usage(std::string(taker) + " takes " + all + ", not '" + displayable(value) + "'" +
               (meant ? ": did you mean '" + *meant + "'?" : "."));
}

Result<std::size_t> understand_action(const Words& words, std::string_view command,
                                      std::string_view choices) {
  const auto action = words.text("ACTION");
  if (!action) return 0;
  return understand_choice("sotto " + std::string(command), *action, choices);
}

Result<void> check_words(const Words& words, const std::string& command,
                         std::span<const std::string_view> keys, std::size_t count) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i < count) {
      if (auto given = words.need(command, keys[i]); !given) return pass(given);
    } else if (const auto word = words.text(keys[i])) {
      return usage("sotto " + command + " does not know what to do with '" +
                   displayable(*word) + "'.");
    }
  }
  return {};
}

Result<void> understand_timeout(const Words& words, milliseconds& out) {
  const auto text = words.text("--timeout");
  if (!text) return {};
  const auto limit = parse_length("--timeout", *text);
  if (!limit) return std::unexpected(limit.error());
  out = *limit;
  return {};
}

}  // namespace sotto::cli
