// A line typed into a chat: understood, completed and laid out on a terminal of any width.
#include <cstdint>

#include "base/text.h"
#include "cli/terminal/cells.h"
#include "cli/terminal/chat_command.h"
#include "round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  if (size == 0) return 0;
  const int columns = data[0] % 120;
  const std::string line(reinterpret_cast<const char*>(data) + 1, size - 1);

  const auto command = cli::understand_chat(line);
  if (const auto* said = std::get_if<cli::SayIt>(&command)) {
    require(said->text == line || "/" + said->text == line);
  }
  if (const auto* wrong = std::get_if<cli::NotUnderstood>(&command)) {
    require(displayable(wrong->why) == wrong->why);  // nothing in it steers a terminal
  }
  const std::vector<std::string> names = {"anna", "Ännchen", "bob"};
  require(cli::complete_chat(line, names).from <= line.size());

  std::vector<cli::Glyph> glyphs;
  for (const char32_t c : cli::to_utf32(line)) {
    std::string one;
    cli::append_utf8(one, c);
    glyphs.push_back({displayable(one), cli::width_of(displayable(one)), false});
  }
  const auto rows = cli::lay_out("> ", glyphs, size % (glyphs.size() + 1), columns, 5, false);
  require(!rows.rows.empty() && rows.rows.size() <= 5);
  require(rows.cursor_row >= 0 && rows.cursor_row < static_cast<int>(rows.rows.size()));
  require(rows.cursor_column <= std::max(columns - 1, 1));
  for (const std::string& row : rows.rows) {
    require(cli::width_of(row) <= std::max(columns - 1, 1));
  }
  const std::string shown = displayable(line, true);
  const auto extent = cli::measure(shown, std::max(columns, 2));
  require(extent.rows >= 0 && extent.column >= 0 && extent.column <= std::max(columns, 2));
  require(cli::width_of(cli::shortened(displayable(line), columns)) <= columns);
  return 0;
}
