#include "net/tor_words.h"

#include <algorithm>
#include <ranges>
#include <vector>

#include "base/text.h"

namespace sotto::net {
namespace {

constexpr std::size_t most_lines = 4;

}  // namespace

std::string last_words(std::string_view output) {
  std::vector<std::string_view> warnings;
  std::string_view last;
  for (const auto part : std::views::split(output, '\n')) {
    const std::string_view line(part.begin(), part.end());
    if (line.empty()) continue;
    last = line;
    for (const std::string_view mark : {"[warn] ", "[err] "}) {
      const std::size_t at = line.find(mark);
      if (at != std::string_view::npos) warnings.push_back(line.substr(at + mark.size()));
    }
  }
  if (warnings.empty()) return displayable(last);
  std::string out;
  const std::size_t left_out = warnings.size() - std::min(warnings.size(), most_lines);
  for (const std::string_view line : warnings | std::views::drop(left_out)) {
    out += (out.empty() ? "" : " ") + displayable(line);
  }
  return out;
}

}  // namespace sotto::net
