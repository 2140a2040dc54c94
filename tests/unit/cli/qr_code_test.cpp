#include "cli/qr_code.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

// The squares of a drawing, its quiet zone included: true for dark.
std::vector<std::vector<bool>> squares_of(const std::string& text, QrLook look) {
  std::vector<std::vector<bool>> rows;
  std::vector<bool> upper;
  std::vector<bool> lower;
  const bool drawn_is_dark = look == QrLook::colored;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\n') {
      rows.push_back(upper);
      if (look != QrLook::ascii) rows.push_back(lower);
      upper.clear();
      lower.clear();
      ++i;
    } else if (text[i] == '\x1b') {
      i = text.find('m', i) + 1;
    } else if (look == QrLook::ascii) {
      upper.push_back(text.substr(i, 2) == "  ");
      i += 2;
    } else if (text[i] == ' ') {
      upper.push_back(!drawn_is_dark);
      lower.push_back(!drawn_is_dark);
      ++i;
    } else {
      const std::string letter = text.substr(i, 3);
      upper.push_back((letter != "\xe2\x96\x84") == drawn_is_dark);
      lower.push_back((letter != "\xe2\x96\x80") == drawn_is_dark);
      i += 3;
    }
  }
  return rows;
}

TEST(QrCode, HasTheSizeOfItsVersion) {
  EXPECT_EQ(QrCode::encode("sotto")->size(), 21U);                  // version 1
  EXPECT_EQ(QrCode::encode(std::string(2953, 'x'))->size(), 177U);  // version 40
  const auto refused = QrCode::encode(std::string(2954, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name(), "qr.too_large");
  EXPECT_EQ(refused.error().kind(), Kind::input);
}

TEST(QrCode, HasItsThreeFinders) {
  const auto code = QrCode::encode("sotto").value();
  const std::size_t far = code.size() - 7;
  for (const auto& [left, top] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {far, 0}, {0, far}}) {
    for (std::size_t y = 0; y < 7; ++y) {
      for (std::size_t x = 0; x < 7; ++x) {
        const std::size_t ring = std::min({x, y, 6 - x, 6 - y});
        EXPECT_EQ(code.dark(left + x, top + y), ring != 1);
      }
    }
  }
}

TEST(QrText, DrawsEverySquareWithAQuietZoneInEachLook) {
  const auto code = QrCode::encode("sotto:abcdef").value();
  const std::size_t side = code.size() + 8;
  for (const QrLook look : {QrLook::colored, QrLook::plain, QrLook::ascii}) {
    const std::string text = qr_text(code, look);
    EXPECT_EQ(shown_width(text), look == QrLook::ascii ? 2 * side : side);
    const auto rows = squares_of(text, look);
    ASSERT_GE(rows.size(), side);
    for (std::size_t y = 0; y < side; ++y) {
      ASSERT_EQ(rows[y].size(), side);
      for (std::size_t x = 0; x < side; ++x) {
        const bool inside = x >= 4 && y >= 4 && x < side - 4 && y < side - 4;
        EXPECT_EQ(rows[y][x], inside && code.dark(x - 4, y - 4)) << x << " " << y;
      }
    }
  }
}

TEST(QrText, SetsItsColoursInEachLineAndTakesThemBack) {
  const std::string text = qr_text(QrCode::encode("x").value(), QrLook::colored);
  std::size_t lines = 0;
  for (std::size_t from = 0; from < text.size(); ++lines) {
    const std::string line = text.substr(from, text.find('\n', from) - from);
    EXPECT_TRUE(line.starts_with("\x1b[38;5;16;48;5;231m"));
    EXPECT_TRUE(line.ends_with("\x1b[0m"));
    from += line.size() + 1;
  }
  EXPECT_EQ(lines, 15U);  // 29 rows
}

TEST(QrLook, SuitsTheLocaleAndTheColours) {
  for (const char* locale : {"C.UTF-8", "de_DE.utf8", "en_US.UTF-8@euro"}) {
    EXPECT_EQ(choose_look(true, locale), QrLook::colored);
    EXPECT_EQ(choose_look(false, locale), QrLook::plain);
  }
  for (const char* locale : {"", "C", "POSIX", "de_DE.ISO-8859-1"}) {
    EXPECT_EQ(choose_look(true, locale), QrLook::ascii);
  }
}

}  // namespace
}  // namespace sotto::cli
