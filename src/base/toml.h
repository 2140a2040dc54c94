// TOML as a flat list of its values: what a settings file needs.  The library behind it stays
// in the .cpp.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

struct TomlValue {
  enum class Kind { text, integer, boolean, texts, other };
  std::string key;  // "a.b" for b in the table [a]
  Kind kind = Kind::other;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<std::string> texts;  // of an array that has nothing else
  unsigned line = 0;               // from 1
};

struct TomlFault {
  unsigned line = 0;
  std::string text;  // of the parser, in its words
};

// In the order of their lines.
std::expected<std::vector<TomlValue>, TomlFault> parse_toml(std::string_view text);

}  // namespace sotto
