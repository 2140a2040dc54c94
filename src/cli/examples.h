// The examples of a command, as its spec holds them, taken apart.
//
// A line that starts with two spaces is an example: what to type, and, after two more spaces or
// more, what it does.  All other text is prose; an empty line ends a paragraph of it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sotto::cli {

struct Example {
  std::string line;   // "date | sotto send lobby"
  std::string about;  // may be empty
};

struct Examples {
  std::vector<Example> lines;
  std::vector<std::string> notes;  // paragraphs, each one line
};

Examples read_examples(std::string_view text);

// How to begin with sotto, on the first page of help and manual.
std::vector<Example> start_here();

}  // namespace sotto::cli
