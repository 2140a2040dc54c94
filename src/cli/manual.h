// The manual pages, from the same tables as the help: sotto(1), and a page for each command,
// sotto-host(1) and so on, in the language of man(7).
#pragma once
#include <string>

#include "cli/spec.h"

namespace sotto::cli {

// sotto(1): what it is, its commands, the flags that all of them take, exit codes, files.
std::string manual_of_sotto();

// sotto-NAME(1).
std::string manual_of(const CommandSpec& command);

}  // namespace sotto::cli
