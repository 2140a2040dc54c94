#include "cli/examples.h"

#include <algorithm>

namespace sotto::cli {
namespace {

Example example_of(std::string_view line) {
  const std::size_t gap = std::min(line.find("  "), line.size());
  const std::size_t about = std::min(line.find_first_not_of(' ', gap), line.size());
  return {std::string(line.substr(0, gap)), std::string(line.substr(about))};
}

}  // namespace

Examples read_examples(std::string_view text) {
  Examples out;
  bool ended = true;  // the paragraph before
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("  ")) {
      out.lines.push_back(example_of(line.substr(2)));
      ended = true;
    } else if (line.empty()) {
      ended = true;
    } else if (ended) {
      out.notes.emplace_back(line);
      ended = false;
    } else {
      out.notes.back() += " " + std::string(line);
    }
  }
  return out;
}

std::vector<Example> start_here() {
  return {{"sotto host lobby --export lobby.sotto", "host a room; the file lets one in"},
          {"sotto join lobby.sotto", "enter it from elsewhere"},
          {"date | sotto send lobby", "leave a message and go"}};
}

}  // namespace sotto::cli
