#include "cli/message_text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>

#include "base/text.h"
#include "node/errors.h"

namespace sotto::cli {
namespace {

// Everything, but at most `limit` bytes.
Result<std::string> read_up_to(int input, std::size_t limit) {
  std::string text;
  std::array<char, 65536> chunk{};
  while (text.size() < limit) {
    const ssize_t count =
        ::read(input, chunk.data(), std::min(chunk.size(), limit - text.size()));
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      // Descriptor 0 was closed when we were started.
      if (errno == EBADF) break;
      return fail(Errc::input,
                  std::string("Standard input cannot be read: ") + std::strerror(errno) + ".");
    }
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return text;
}

Result<void> check(std::string_view text) {
  if (text.size() > message_limit) {
    return fail(node::Errc::too_large,
                "A message holds at most 1 MiB (1048576 bytes) of text: send it in parts.");
  }
  if (!is_utf8(text)) {
    return fail(node::Errc::not_text,
                "The message is not UTF-8 text: convert it first, for example with iconv.");
  }
  return {};
}

Result<std::vector<std::string>> one(std::string text) {
  if (auto checked = check(text); !checked) return pass(checked);
  if (text.empty()) {
    return fail(Errc::usage,
                "The message is empty: write it after the target, or into standard input.");
  }
  std::vector<std::string> texts;
  texts.push_back(std::move(text));
  return texts;
}

Result<std::vector<std::string>> each_line(std::string_view text) {
  std::vector<std::string> texts;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    if (auto checked = check(line); !checked) return pass(checked);
    texts.emplace_back(line);
  }
  if (texts.empty()) {
    return fail(Errc::usage,
                "Standard input holds no line with text: there is nothing to send.");
  }
  return texts;
}

}  // namespace

Result<std::vector<std::string>> message_texts(const SendCommand& command, int input) {
  if (command.text) return one(*command.text);
  if (command.lines) {
    auto text = read_up_to(input, all_lines_limit + 1);
    if (!text) return pass(text);
    if (text->size() > all_lines_limit) {
      return fail(node::Errc::too_large,
                  "More than 64 MiB of lines are not sent at once: send them in parts.");
    }
    return each_line(*text);
  }
  // The limit, a newline that does not count, and one byte that shows there is more.
  auto text = read_up_to(input, message_limit + 2);
  if (!text) return pass(text);
  if (text->ends_with('\n') && text->size() <= message_limit + 1) text->pop_back();
  return one(std::move(*text));
}

}  // namespace sotto::cli
