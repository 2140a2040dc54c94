#include "cli/terminal/screen.h"

#include <gtest/gtest.h>
#include <vector>

namespace sotto::cli {
namespace {

// As much of a terminal as the screen uses: relative movements, erasing to the end, wrapping.
class FakeTerminal {
 public:
  FakeTerminal(int columns, int rows) : columns_(columns), rows_(rows), grid_(1) {}

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (bytes.starts_with("\x1b[")) {
        bytes.remove_prefix(2);
        const auto end = bytes.find_first_of("ABCHJmhl");
        const std::string number(bytes.substr(0, end));
        steer(bytes[end], number.empty() || number[0] == '?' ? 1 : std::atoi(number.c_str()));
        bytes.remove_prefix(end + 1);
        continue;
      }
      const Character c = next_character(bytes);
      put(c.value, std::string(bytes.substr(0, c.length)));
      bytes.remove_prefix(c.length);
    }
  }

  // The rows, without blanks at their ends; and the cursor.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& row : grid_) {
      std::string line;
      for (const std::string& cell : row) line += cell;
      while (line.ends_with(' ')) line.pop_back();
      out.push_back(line);
    }
    while (!out.empty() && out.back().empty()) out.pop_back();
    return out;
  }
  int row() const { return row_; }
  int column() const { return column_; }

 private:
  void steer(char command, int count) {
    if (command == 'A') row_ = std::max(row_ - count, top());
    if (command == 'B') row_ = std::min(row_ + count, top() + rows_ - 1);
    if (command == 'C') column_ = std::min(column_ + count, columns_ - 1);
    if (command == 'J') {
      auto& row = at(row_);
      if (row.size() > static_cast<std::size_t>(column_))
        row.resize(static_cast<std::size_t>(column_));
      grid_.resize(static_cast<std::size_t>(row_) + 1);
    }
  }
  void put(char32_t c, const std::string& text) {
    if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      ++row_;
      at(row_);
    } else {
      const int width = width_of(c);
      if (column_ + width > columns_) {
        ++row_;
        column_ = 0;
      }
      auto& row = at(row_);
      row.resize(std::max(row.size(), static_cast<std::size_t>(column_ + width)), " ");
      row[static_cast<std::size_t>(column_)] = text;
      if (width == 2) row[static_cast<std::size_t>(column_) + 1] = "";
      column_ += width;
    }
  }
  std::vector<std::string>& at(int row) {
    if (grid_.size() <= static_cast<std::size_t>(row))
      grid_.resize(static_cast<std::size_t>(row) + 1);
    return grid_[static_cast<std::size_t>(row)];
  }
  int top() const { return std::max(0, static_cast<int>(grid_.size()) - rows_); }

  int columns_;
  int rows_;
  int row_ = 0;
  int column_ = 0;
  std::vector<std::vector<std::string>> grid_;  // what has scrolled away, too
};

TypedLine typed(std::string_view text) {
  TypedLine line;
  line.prompt = "> ";
  for (const char c : text) line.glyphs.push_back({std::string(1, c), 1, false});
  line.cursor = line.glyphs.size();
  return line;
}

using Lines = std::vector<std::string>;

class ScreenTest : public testing::Test {
 protected:
  ScreenTest() { screen_.resize(30, 10); }
  void draw(std::string_view line = "") {
    terminal_.write(screen_.draw("status", typed(line)));
  }

  Screen screen_{Style{}};
  FakeTerminal terminal_{30, 10};
};

TEST_F(ScreenTest, WhatArrivesStandsAboveTheLineThatIsTyped) {
  draw("half a li");
  screen_.add("22:05 anna: hello");
  draw("half a li");
  EXPECT_EQ(terminal_.lines(), (Lines{"22:05 anna: hello", "status", "> half a li"}));
  EXPECT_EQ(terminal_.row(), 2);
  EXPECT_EQ(terminal_.column(), 11);
}

TEST_F(ScreenTest, ALongLineIsErasedWhole) {
  draw("a line that is longer than one row of this terminal");
  screen_.add("x");
  draw("short");
  EXPECT_EQ(terminal_.lines(), (Lines{"x", "status", "> short"}));
}

TEST_F(ScreenTest, TicksChangeWhereTheyStand) {
  screen_.add_own(1, "22:05 you: one", Tick::queued);
  draw();
  screen_.add("22:05 anna: a text that takes more than one row here");
  screen_.add_own(2, "22:05 you: two", Tick::queued);
  draw("typing");
  EXPECT_TRUE(screen_.set_tick(1, Tick::read));
  EXPECT_TRUE(screen_.set_tick(2, Tick::delivered));
  draw("typing");
  EXPECT_EQ(terminal_.lines(),
            (Lines{"22:05 you: one ✓✓", "22:05 anna: a text that takes",
                   "more than one row here", "22:05 you: two ✓", "status", "> typing"}));
}

TEST_F(ScreenTest, ATickThatDoesNotFitStandsOnARowOfItsOwn) {
  screen_.add_own(1, "0123456789012345678901234567", Tick::queued);
  draw();
  EXPECT_TRUE(screen_.set_tick(1, Tick::delivered));
  draw();
  EXPECT_EQ(terminal_.lines(),
            (Lines{"0123456789012345678901234567", "      ✓", "status", ">"}));
}

TEST_F(ScreenTest, ATickOutOfSightIsLeftAlone) {
  screen_.add_own(1, "22:05 you: one", Tick::queued);
  draw();
  for (int i = 0; i < 7; ++i) screen_.add("x");
  draw();
  EXPECT_TRUE(screen_.set_tick(1, Tick::delivered));
  screen_.add("y");
  screen_.add("z");
  draw();
  EXPECT_FALSE(screen_.set_tick(1, Tick::read));
  EXPECT_EQ(terminal_.lines().front(), "22:05 you: one ·");
}

TEST_F(ScreenTest, WhereADoubtIsNoTickIsChanged) {
  screen_.add_own(1, "22:05 you: one", Tick::queued);
  screen_.add("22:05 anna: 😀");
  draw();
  EXPECT_FALSE(screen_.set_tick(1, Tick::delivered));
  screen_.add_own(2, "22:05 you: 😀", Tick::queued);
  EXPECT_FALSE(screen_.set_tick(2, Tick::delivered));
  screen_.add_own(3, "22:05 you: three", Tick::queued);
  screen_.resize(31, 10);
  EXPECT_FALSE(screen_.set_tick(3, Tick::delivered));
}

TEST_F(ScreenTest, ATickUpdateOfWordsNotWrittenYetIsNoTrouble) {
  screen_.add_own(1, "22:05 you: one", Tick::queued);
  EXPECT_TRUE(screen_.set_tick(1, Tick::delivered));
  draw();
  EXPECT_EQ(terminal_.lines(), (Lines{"22:05 you: one ✓", "status", ">"}));
}

TEST_F(ScreenTest, ErasingLeavesWhatWasSaid) {
  screen_.add("22:05 anna: hello");
  draw("typing");
  terminal_.write(screen_.erase());
  EXPECT_EQ(terminal_.lines(), Lines{"22:05 anna: hello"});
  EXPECT_EQ(terminal_.row(), 1);
  EXPECT_EQ(terminal_.column(), 0);
}

TEST_F(ScreenTest, AFewRowsAreEnough) {
  screen_.resize(5, 1);
  screen_.add("hello");
  const std::string bytes = screen_.draw("status", typed("abcdefgh"));
  EXPECT_EQ(bytes.find("status"), std::string::npos);
}

TEST(Screen, NoColoursUnlessAskedFor) {
  Screen plain{Style{false}};
  plain.add_own(1, "x", Tick::queued);
  EXPECT_EQ(plain.draw("status", {}).find("m"), std::string::npos);
  Screen colored{Style{true}};
  EXPECT_NE(colored.draw("status", {}).find("\x1b[2mstatus\x1b[0m"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
