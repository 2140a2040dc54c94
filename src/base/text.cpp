#include "base/text.h"

#include <cstdint>
#include <cstdio>
#include <utf8proc.h>

namespace sotto {
namespace {

struct CodePoint {
  std::int32_t value;  // negative: the byte at this place is not UTF-8
  std::size_t length;  // bytes
};

CodePoint next_code_point(std::string_view text) {
  utf8proc_int32_t value = -1;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (length <= 0) return {-1, 1};
  return {value, static_cast<std::size_t>(length)};
}

// True for what could move a cursor, hide, or turn the reading direction.
bool is_unsafe(std::int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

bool is_space(std::int32_t code_point) {
  return utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS;
}

void append_escape(std::string& out, const char* format, unsigned value) {
  char escape[16];
  std::snprintf(escape, sizeof escape, format, value);
  out += escape;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = next_code_point(text);
    if (c.value < 0) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > name_limit) return false;
  bool first = true;
  bool space = false;
  while (!text.empty()) {
    const CodePoint c = next_code_point(text);
    if (c.value < 0 || is_unsafe(c.value)) return false;
    space = is_space(c.value);
    if (first && space) return false;
    first = false;
    text.remove_prefix(c.length);
  }
  return !space;
}

std::optional<Secret> to_nfc(ByteView text) {
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const auto needed = utf8proc_decompose(bytes, size, nullptr, 0, options);
  if (needed < 0) return std::nullopt;
  // One more for the zero that utf8proc writes behind the text.
  Secret buffer((static_cast<std::size_t>(needed) + 1) * sizeof(utf8proc_int32_t));
  auto* code_points = reinterpret_cast<utf8proc_int32_t*>(buffer.mutable_view().data());
  const auto count = utf8proc_decompose(bytes, size, code_points, needed, options);
  if (count != needed) return std::nullopt;
  const auto length = utf8proc_reencode(code_points, count, options);
  if (length < 0) return std::nullopt;
  return Secret(buffer.view().first(static_cast<std::size_t>(length)));
}

std::string displayable(std::string_view text, bool newlines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = next_code_point(text);
    if (c.value < 0) {
      append_escape(out, "\\x%02x", static_cast<unsigned char>(text[0]));
    } else if (newlines && (c.value == '\n' || c.value == '\t')) {
      out += text[0];
    } else if (is_unsafe(c.value)) {
      append_escape(out, c.value < 0x80 ? "\\x%02x" : "\\u%04x",
                    static_cast<unsigned>(c.value));
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

}  // namespace sotto
