// What a chat looks like in a terminal that can be redrawn, as the bytes that make it so:
//
//   22:05 ✓ anna: hello              what was said and what happened: written once, scrolls
//   away 22:06 you: hi anna ✓✓            own words, with a tick that changes while it is in
//   sight lobby | ✓ anna | direct, 12 ms   \ redrawn below all that, and gone in the end > what
//   is being typed            /
//
// Only cursor movements relative to where it stands are used, so it is indifferent where on the
// screen it began.  Rows of the lower part never reach the last column, and a tick is changed
// only where no doubt is where it stands.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/style.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {

enum class Tick { queued, delivered, read };
std::string_view symbol_of(Tick tick);  // two cells

// The line that is typed.
struct TypedLine {
  std::string prompt;
  std::vector<Glyph> glyphs;
  std::size_t cursor = 0;
};

class Screen {
 public:
  explicit Screen(const Style& style) : style_(style) {}

  void resize(int columns, int rows);
  int columns() const { return columns_; }

  // Lines without the last newline, above all that is redrawn.
  void add(std::string_view text);
  void add_own(std::uint64_t number, std::string_view text, Tick tick);
  // False when it is not in sight any more, or there is a doubt where it stands.
  bool set_tick(std::uint64_t number, Tick tick);

  bool has_news() const { return !news_.empty() || !ticks_.empty(); }
  // All that was added, and the lower part anew.
  std::string draw(std::string_view status, const TypedLine& line);
  // Takes the lower part away; the cursor stands where it began.
  std::string erase();
  // Clears everything; the lower part is drawn at the top the next time.
  std::string clear();

 private:
  struct OwnWords {
    std::uint64_t number;
    std::uint64_t row;  // counted from the first one that was written
    int column;
  };
  struct ChangedTick {
    std::uint64_t row;
    int column;
    Tick tick;
  };

  std::string tick_text(Tick tick) const;
  std::string draw_ticks();
  std::string draw_lower(std::string_view status, const TypedLine& line);
  void note_rows(int rows);

  Style style_;
  int columns_ = 80;
  int rows_ = 24;
  std::string news_;  // not written yet
  std::vector<ChangedTick> ticks_;
  std::deque<OwnWords> own_;
  std::uint64_t written_ = 0;  // rows, of what scrolls away
  int top_ = 0;                // the screen has at least so many rows above the lower part
  int drawn_ = 0;              // rows of the lower part
  int cursor_row_ = 0;         // within it
};

}  // namespace sotto::cli
