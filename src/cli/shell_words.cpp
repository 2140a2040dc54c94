#include "cli/shell_words.h"

namespace sotto::cli {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

bool is_redirection(char c) {
  return c == '<' || c == '>';
}

// NAME=value, as it may stand in front of a command.
bool is_assignment(std::string_view raw) {
  const std::size_t equals = raw.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  if (raw[0] >= '0' && raw[0] <= '9') return false;
  for (const char c : raw.substr(0, equals)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<std::string> split() {
    while (true) {
      while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
      const std::size_t begin = at_;
      if (at_ < line_.size() && is_redirection(line_[at_])) {
        while (at_ < line_.size() && is_redirection(line_[at_])) ++at_;
        redirected_ = true;
        continue;
      }
      std::string word = read_word();
      const bool last = at_ >= line_.size();
      const bool skipped =
          redirected_ || (out_.empty() && is_assignment(line_.substr(begin, at_ - begin)));
      if (last || !skipped) out_.push_back(std::move(word));
      redirected_ = false;
      if (last) return std::move(out_);
    }
  }

 private:
  // Up to a blank or redirection that is not quoted.
  std::string read_word() {
    std::string word;
    char quote = '\0';
    for (; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (quote == '\0' && (is_blank(c) || is_redirection(c))) break;
      if (c == '\\' && quote != '\'') {
        if (at_ + 1 == line_.size()) continue;
        const char next = line_[at_ + 1];
        // Within double quotes a backslash is one, but before these.
        constexpr std::string_view special = "\\\"$`\n";
        if (quote == '"' && special.find(next) == std::string_view::npos) word += c;
        word += next;
        ++at_;
      } else if (quote == '\0' && (c == '\'' || c == '"')) {
        quote = c;
      } else if (quote != '\0' && c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    }
    return word;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  bool redirected_ = false;  // the next word is a file's name
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> shell_words(std::string_view line) {
  return Splitter(line).split();
}

}  // namespace sotto::cli
