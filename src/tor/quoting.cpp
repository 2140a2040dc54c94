#include "tor/quoting.h"

#include <algorithm>
#include <charconv>

namespace sotto::tor {
namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

bool is_key_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '-';
}

// What a backslash stands before; `rest` begins after it and is not empty.
std::optional<char> take_escaped(std::string_view& rest) {
  const char c = rest[0];
  if (!is_octal(c)) {
    rest.remove_prefix(1);
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      default:
        return c;
    }
  }
  unsigned value = 0;
  for (int digits = 0; digits < 3 && !rest.empty() && is_octal(rest[0]); ++digits) {
    value = value * 8 + static_cast<unsigned>(rest[0] - '0');
    rest.remove_prefix(1);
  }
  if (value > 255) return std::nullopt;
  return static_cast<char>(value);
}

// Up to the next space or the end.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

// The length of the KEY that `text` begins with if an = follows it, else 0.
std::size_t key_length(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_key_letter);
  return end != text.end() && *end == '=' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

}  // namespace

std::optional<std::string> quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == '\0') return std::nullopt;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  std::string out;
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const auto escaped = take_escaped(rest);
    if (!escaped) return std::nullopt;
    out += *escaped;
  }
  return std::nullopt;
}

Result<Arguments> Arguments::parse(std::string_view text) {
  Arguments out;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return out;
    const std::size_t key_letters = key_length(text);
    const std::string_view key = text.substr(0, key_letters);
    if (key_letters > 0) text.remove_prefix(key_letters + 1);
    std::string value;
    if (text.starts_with('"')) {
      auto quoted = take_quoted(text);
      if (!quoted || (!text.empty() && text[0] != ' ')) {
        return fail(Errc::control_reply,
                    "Tor's control port sent a quoted text that does not end where it should. "
                    "Check that it is tor's.");
      }
      value = std::move(*quoted);
    } else {
      value = take_word(text);
    }
    if (key_letters > 0) {
      out.pairs_.push_back({std::string(key), std::move(value)});
    } else {
      out.words_.push_back(std::move(value));
    }
  }
}

const std::string* Arguments::word(std::size_t at) const {
  return at < words_.size() ? &words_[at] : nullptr;
}

const std::string* Arguments::find(std::string_view key) const {
  const auto found = std::ranges::find(pairs_, key, &Pair::key);
  return found == pairs_.end() ? nullptr : &found->value;
}

std::string Arguments::value(std::string_view key) const {
  const std::string* found = find(key);
  return found == nullptr ? std::string() : *found;
}

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t limit) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > limit) {
    return std::nullopt;
  }
  return value;
}

}  // namespace sotto::tor
