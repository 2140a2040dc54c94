// The pages of `sotto help` and --help, from the tables of the command line (spec.h).
#pragma once
#include <string>

#include "cli/spec.h"
#include "cli/style.h"

namespace sotto::cli {

struct Page {
  std::size_t width = 80;  // columns; text is broken before it, words are not
  Style style;             // of the headings
};

// The terminal that the descriptor leads to, else $COLUMNS, else 80; lines of more than 100
// columns are hard to read.
std::size_t page_width(int descriptor);

// What sotto is, how to begin, and every command with its line.
std::string help_of_sotto(const Page& page);

// How it is called, its words and flags, and its examples.
std::string help_of(const CommandSpec& command, const Page& page);

}  // namespace sotto::cli
