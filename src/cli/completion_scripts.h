// What makes a shell complete the words of sotto.  The scripts hold no commands or flags: they
// ask `sotto completion words`, which knows them (complete.h), and care for what differs
// between shells: how words are taken apart, how files are found, and how what is put in is
// quoted.
#pragma once
#include <string_view>

namespace sotto::cli {

// "bash", "zsh" or "fish" (asserted).
std::string_view completion_script(std::string_view shell);

}  // namespace sotto::cli
