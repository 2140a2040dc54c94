#include "cli/terminal/screen.h"

#include <algorithm>

namespace sotto::cli {
namespace {

constexpr std::string_view indent = "      ";
constexpr int tick_width = 2;
constexpr std::size_t own_limit = 256;  // ticks that can still change

std::string moved(int count, char direction) {
  if (count <= 0) return {};
  return "\x1b[" + std::to_string(count) + direction;
}

}  // namespace

std::string_view symbol_of(Tick tick) {
  switch (tick) {
    case Tick::queued:
      return "· ";
    case Tick::delivered:
      return "✓ ";
    case Tick::read:
      break;
  }
  return "✓✓";
}

void Screen::resize(int columns, int rows) {
  if (columns == columns_ && rows == rows_) return;
  // A terminal may have wrapped anew what stands there: nobody knows where.
  own_.clear();
  ticks_.clear();
  top_ = 0;
  columns_ = std::max(columns, 2);
  rows_ = std::max(rows, 1);
}

void Screen::note_rows(int rows) {
  written_ += static_cast<std::uint64_t>(rows);
  top_ = std::min(top_ + rows, rows_ - 1);
}

void Screen::add(std::string_view text) {
  const Extent extent = measure(text, columns_);
  if (!extent.certain) own_.clear();
  for (const char c : text) {
    if (c == '\n') news_ += '\r';
    news_ += c;
  }
  news_ += "\r\n";
  note_rows(extent.rows + 1);
}

void Screen::add_own(std::uint64_t number, std::string_view text, Tick tick) {
  std::string line(text);
  line += measure(text, columns_).column + 1 + tick_width <= columns_
              ? " "
              : "\n" + std::string(indent);
  const int column = measure(line, columns_).column;
  line += tick_text(tick);
  const bool certain = measure(line, columns_).certain && column + tick_width <= columns_;
  add(line);
  if (!certain) return;
  own_.push_back({number, written_ - 1, column});
  if (own_.size() > own_limit) own_.pop_front();
}

bool Screen::set_tick(std::uint64_t number, Tick tick) {
  const auto at = std::ranges::find(own_, number, &OwnWords::number);
  if (at == own_.end() || written_ - at->row > static_cast<std::uint64_t>(top_)) return false;
  ticks_.push_back({at->row, at->column, tick});
  return true;
}

std::string Screen::tick_text(Tick tick) const {
  return faint(symbol_of(tick), style_);
}

std::string Screen::draw(std::string_view status, const TypedLine& line) {
  std::string out = "\x1b[?25l" + erase();
  out += std::exchange(news_, {});
  out += draw_ticks();
  out += draw_lower(status, line);
  return out + "\x1b[?25h";
}

std::string Screen::draw_ticks() {
  std::string out;
  for (const ChangedTick& changed : std::exchange(ticks_, {})) {
    const std::uint64_t distance = written_ - changed.row;
    if (distance > static_cast<std::uint64_t>(top_)) continue;
    const int rows = static_cast<int>(distance);
    out += moved(rows, 'A') + moved(changed.column, 'C') + tick_text(changed.tick) + "\r" +
           moved(rows, 'B');
  }
  return out;
}

std::string Screen::draw_lower(std::string_view status, const TypedLine& line) {
  const bool has_status = !status.empty() && rows_ >= 3;
  const int most = std::max((rows_ - 1) / 2, 1);
  const InputRows input =
      lay_out(line.prompt, line.glyphs, line.cursor, columns_, most, style_.color);
  std::string out;
  if (has_status) out += faint(shortened(status, columns_ - 1), style_) + "\r\n";
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    out += (i > 0 ? "\r\n" : "") + input.rows[i];
  }
  drawn_ = static_cast<int>(input.rows.size()) + (has_status ? 1 : 0);
  cursor_row_ = input.cursor_row + (has_status ? 1 : 0);
  top_ = std::min(top_, std::max(rows_ - drawn_, 0));
  return out + moved(drawn_ - 1 - cursor_row_, 'A') + "\r" + moved(input.cursor_column, 'C');
}

std::string Screen::erase() {
  if (drawn_ == 0) return {};
  drawn_ = 0;
  return "\r" + moved(std::exchange(cursor_row_, 0), 'A') + "\x1b[J";
}

std::string Screen::clear() {
  own_.clear();
  ticks_.clear();
  top_ = 0;
  drawn_ = 0;
  cursor_row_ = 0;
  return "\x1b[H\x1b[2J";
}

}  // namespace sotto::cli
