// What a file is called when it goes to somebody else: a base name that does no harm in their
// folder.
#pragma once
#include <string>
#include <string_view>

namespace sotto::wire {

inline constexpr std::size_t file_name_limit = 200;  // bytes: leaves room for " (99)"

// UTF-8 of 1 to 200 bytes, with no '/' or '\', none of the characters that displayable()
// (base/text.h) would not show as they are, no '.', '-', '~' or space in front (hidden, taken
// for an option, for a home), and no space or '.' at the end.
bool is_file_name(std::string_view name);

// The nearest that is one, of a path or a name; the extension is kept where it is cut.
std::string file_name_of(std::string_view path);

// "report.pdf", 2 -> "report (2).pdf"
std::string numbered(std::string_view name, unsigned number);

}  // namespace sotto::wire
