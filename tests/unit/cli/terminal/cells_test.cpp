#include "cli/terminal/cells.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> out;
  for (const char32_t c : to_utf32(text)) {
    std::string one;
    append_utf8(one, c);
    out.push_back({one, width_of(c), false});
  }
  return out;
}

TEST(Cells, WidthsAreThoseOfUnicode) {
  EXPECT_EQ(width_of("abc"), 3);
  EXPECT_EQ(width_of("漢字"), 4);
  EXPECT_EQ(width_of("e\u0301"), 1);  // a mark that combines
  EXPECT_EQ(width_of(""), 0);
}

TEST(Cells, TextIsShortenedToItsWidth) {
  EXPECT_EQ(shortened("hello", 5), "hello");
  EXPECT_EQ(shortened("hello", 4), "hel…");
  EXPECT_EQ(shortened("漢字漢字", 5), "漢字…");
  EXPECT_EQ(shortened("漢字漢字", 4), "漢…");  // a wide one is never halved
  EXPECT_EQ(shortened("hello", 1), "…");
  EXPECT_EQ(shortened("hello", 0), "");
}

TEST(Cells, RowsAreCountedAsATerminalWraps) {
  EXPECT_EQ(measure("hello", 10).rows, 0);
  EXPECT_EQ(measure("hello", 10).column, 5);
  EXPECT_EQ(measure("0123456789", 10).rows, 0);  // the wrap comes with the next one
  EXPECT_EQ(measure("0123456789", 10).column, 10);
  EXPECT_EQ(measure("0123456789a", 10).rows, 1);
  EXPECT_EQ(measure("0123456789a", 10).column, 1);
  EXPECT_EQ(measure("a\nbc", 10).rows, 1);
  EXPECT_EQ(measure("a\nbc", 10).column, 2);
  EXPECT_EQ(measure("123456789漢", 10).rows, 1);  // does not fit into the last cell
  EXPECT_EQ(measure("a\tb", 20).column, 9);
}

TEST(Cells, ColoursTakeNothing) {
  const Extent extent = measure("\x1b[1;32mab\x1b[0m", 10);
  EXPECT_EQ(extent.column, 2);
  EXPECT_TRUE(extent.certain);
}

TEST(Cells, EmojiLeaveADoubt) {
  EXPECT_TRUE(measure("✓✓ grün 漢字", 40).certain);
  EXPECT_FALSE(measure("😀", 40).certain);
  EXPECT_FALSE(measure("❤\ufe0f", 40).certain);
  EXPECT_FALSE(measure("123456789漢", 10).certain);  // and where a wide one half fits
}

TEST(Cells, TheTypedLineStandsBehindItsPrompt) {
  const InputRows rows = lay_out("> ", glyphs_of("hello"), 2, 80, 5, false);
  EXPECT_EQ(rows.rows, std::vector<std::string>{"> hello"});
  EXPECT_EQ(rows.cursor_row, 0);
  EXPECT_EQ(rows.cursor_column, 4);
}

TEST(Cells, TheTypedLineNeverReachesTheLastColumn) {
  const InputRows rows = lay_out("> ", glyphs_of("abcdefghij"), 10, 8, 5, false);
  EXPECT_EQ(rows.rows, (std::vector<std::string>{"> abcde", "fghij"}));
  EXPECT_EQ(rows.cursor_row, 1);
  EXPECT_EQ(rows.cursor_column, 5);
}

TEST(Cells, TheCursorBehindAFullRowStandsInTheLastColumn) {
  const InputRows rows = lay_out("> ", glyphs_of("abcde"), 5, 8, 5, false);
  EXPECT_EQ(rows.rows.size(), 1u);
  EXPECT_EQ(rows.cursor_row, 0);
  EXPECT_EQ(rows.cursor_column, 7);
}

TEST(Cells, WideCharactersMoveToTheNextRowWhole) {
  const InputRows rows = lay_out("> ", glyphs_of("漢字漢"), 3, 8, 5, false);
  EXPECT_EQ(rows.rows, (std::vector<std::string>{"> 漢字", "漢"}));
  EXPECT_EQ(rows.cursor_column, 2);
}

TEST(Cells, OfManyRowsThoseAroundTheCursorAreSeen) {
  const std::string text(100, 'x');
  const InputRows rows = lay_out("> ", glyphs_of(text), 50, 11, 3, false);
  EXPECT_EQ(rows.rows.size(), 3u);
  EXPECT_GE(rows.cursor_row, 0);
  EXPECT_LT(rows.cursor_row, 3);
}

TEST(Cells, EveryWidthIsCopedWith) {
  for (int columns = 1; columns < 12; ++columns) {
    const InputRows rows = lay_out("> ", glyphs_of("a漢b"), 3, columns, 2, false);
    for (const std::string& row : rows.rows) {
      EXPECT_LE(width_of(row), std::max(columns - 1, 1)) << columns;
    }
    EXPECT_LT(rows.cursor_row, static_cast<int>(rows.rows.size()));
  }
}

}  // namespace
}  // namespace sotto::cli
