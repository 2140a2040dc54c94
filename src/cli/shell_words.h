// A command line as a shell would take it apart, for completing it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sotto::cli {

// The words of one simple command, without quotes and backslashes; the last one is being typed,
// and empty after a space.  Quotes may be open at the end.  Assignments in front of the command
// and redirections are left out; variables and other expansions are not carried out.
std::vector<std::string> shell_words(std::string_view line);

}  // namespace sotto::cli
