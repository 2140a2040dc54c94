#include "cli/json_line.h"

#include <cstdint>
#include <cstdio>

#include "base/text.h"

namespace sotto::cli {
namespace {

// The code point at the front of `text`, which dump() has made UTF-8, and its length.
std::uint32_t code_point(std::string_view text, std::size_t& length) {
  const auto byte = [&text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t lead = byte(0);
  length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::uint32_t value = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3fU);
  return value;
}

void append_unit(std::string& out, std::uint32_t unit) {
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(unit));
  out += escape;
}

void append_escaped(std::string& out, std::uint32_t value) {
  if (value < 0x10000) return append_unit(out, value);
  append_unit(out, 0xd800 + ((value - 0x10000) >> 10));
  append_unit(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
}

}  // namespace

std::string json_line(const Json& value) {
  const std::string dumped = value.dump();
  std::string_view rest = dumped;
  std::string out;
  out.reserve(dumped.size() + 1);
  while (!rest.empty()) {
    // dump() leaves no control character below 0x20; DEL and all else outside ASCII it does.
    if (rest.front() >= ' ' && rest.front() < '\x7f') {
      out += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    std::size_t length = 0;
    const std::uint32_t value_here = code_point(rest, length);
    const std::string_view character = rest.substr(0, length);
    if (displayable(character) == character) {
      out += character;
    } else {
      append_escaped(out, value_here);
    }
    rest.remove_prefix(length);
  }
  out += '\n';
  return out;
}

Json json_time(const std::optional<WallTime>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}

Json json_texts(const std::vector<std::string>& texts) {
  Json::Array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace sotto::cli
