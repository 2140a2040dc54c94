#include "cli/terminal/cells.h"

#include <algorithm>
#include <utf8proc.h>

namespace sotto::cli {
namespace {

constexpr char escape = '\x1b';
constexpr int tab_width = 8;

// Emoji and what changes how they look: terminals draw them one or two cells wide.
bool is_doubtful(char32_t character) {
  return character >= 0x1f000 || character == 0xfe0e || character == 0xfe0f ||
         (character >= 0x2600 && character < 0x2800 && character != 0x2713);
}

// The bytes of a colour at the beginning of `text`: ESC [ ... m.
std::size_t length_of_color(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

Character next_character(std::string_view text) {
  utf8proc_int32_t value = -1;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (length <= 0) return {replacement_character, 1};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(length)};
}

void append_utf8(std::string& out, char32_t character) {
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  if (length <= 0) return append_utf8(out, replacement_character);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

std::u32string to_utf32(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const Character c = next_character(text);
    out += c.value;
    text.remove_prefix(c.length);
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

int width_of(char32_t character) {
  return std::clamp(utf8proc_charwidth(static_cast<utf8proc_int32_t>(character)), 0, 2);
}

int width_of(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    width += width_of(c.value);
    text.remove_prefix(c.length);
  }
  return width;
}

std::string shortened(std::string_view text, int width) {
  if (width_of(text) <= width) return std::string(text);
  std::string out;
  int used = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    used += width_of(c.value);
    if (used > width - 1) break;
    out += text.substr(0, c.length);
    text.remove_prefix(c.length);
  }
  if (width > 0) out += "…";
  return out;
}

Extent measure(std::string_view text, int columns) {
  Extent out;
  while (!text.empty()) {
    if (text.front() == escape) {
      const std::size_t color = length_of_color(text);
      out.certain = out.certain && color > 0;
      text.remove_prefix(std::max<std::size_t>(color, 1));
      continue;
    }
    const Character c = next_character(text);
    text.remove_prefix(c.length);
    if (c.value == '\n') {
      ++out.rows;
      out.column = 0;
      continue;
    }
    if (c.value == '\t') {
      out.column = std::min((out.column / tab_width + 1) * tab_width, columns - 1);
      continue;
    }
    const int width = width_of(c.value);
    out.certain = out.certain && !is_doubtful(c.value) && width <= columns;
    if (out.column + width > columns) {
      // Not all move a wide character that half fits.
      out.certain = out.certain && out.column == columns;
      ++out.rows;
      out.column = 0;
    }
    out.column += width;
  }
  return out;
}

InputRows lay_out(std::string_view prompt, const std::vector<Glyph>& glyphs, std::size_t cursor,
                  int columns, int most, bool color) {
  const int room = std::max(columns - 1, 1);
  InputRows out;
  out.rows.push_back(shortened(prompt, std::max(room - 2, 0)));
  int column = width_of(out.rows.back());
  for (std::size_t i = 0; i <= glyphs.size(); ++i) {
    const bool at_end = i == glyphs.size();
    // Behind a full row the cursor stands in the last column, which no text reaches.
    const int width = at_end ? 0 : std::min(glyphs[i].width, room);
    if (column + width > room) {
      out.rows.emplace_back();
      column = 0;
    }
    if (i == cursor) {
      out.cursor_row = static_cast<int>(out.rows.size()) - 1;
      out.cursor_column = column;
    }
    if (at_end) break;
    const Glyph& glyph = glyphs[i];
    const std::string text = glyph.width > room ? "?" : glyph.text;
    out.rows.back() += color && glyph.faint ? "\x1b[2m" + text + "\x1b[0m" : text;
    column += width;
  }
  const int count = static_cast<int>(out.rows.size());
  if (count > most) {
    const int first = std::clamp(out.cursor_row - most / 2, 0, count - most);
    out.rows.erase(out.rows.begin() + first + most, out.rows.end());
    out.rows.erase(out.rows.begin(), out.rows.begin() + first);
    out.cursor_row -= first;
  }
  return out;
}

}  // namespace sotto::cli
