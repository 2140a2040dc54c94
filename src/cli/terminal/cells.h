// Text on a grid of cells: how wide characters are, where lines wrap, what fits.
//
// Widths are those of Unicode (utf8proc): two cells for wide characters, none for marks that
// combine.  Terminals agree on these but for emoji and what is made of several of them:
// measure() says where that leaves a doubt.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sotto::cli {

inline constexpr char32_t replacement_character = U'\ufffd';

// The first character of a text; of a byte that is not UTF-8 the replacement character.
struct Character {
  char32_t value;
  std::size_t length;  // bytes
};
Character next_character(std::string_view text);
void append_utf8(std::string& out, char32_t character);
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);

int width_of(char32_t character);     // 0, 1 or 2 cells
int width_of(std::string_view text);  // of one line without escapes

// At most `width` cells of one line, with "…" at the end where something was left out.
std::string shortened(std::string_view text, int width);

// What a piece of text takes on a terminal that wraps by itself, from the first column on.
// Colours (ESC[...m) take nothing; newlines begin a new row.
struct Extent {
  int rows = 0;         // full rows above the last one
  int column = 0;       // behind the last character; `columns` where the next one wraps
  bool certain = true;  // terminals agree on it
};
Extent measure(std::string_view text, int columns);

// One cell or two of the line that is typed, as it is drawn.
struct Glyph {
  std::string text;
  int width = 1;
  bool faint = false;  // stands for what cannot be shown
};

// The typed line on rows that never reach the last column, so that no terminal wraps them.
struct InputRows {
  std::vector<std::string> rows;  // at least one
  int cursor_row = 0;
  int cursor_column = 0;
};
// `cursor`: in front of which glyph it stands, glyphs.size() at the end.  The prompt stands on
// the first row; of more than `most` rows those around the cursor are kept.
InputRows lay_out(std::string_view prompt, const std::vector<Glyph>& glyphs, std::size_t cursor,
                  int columns, int most, bool color);

}  // namespace sotto::cli
