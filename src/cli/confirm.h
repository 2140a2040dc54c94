// Asking the person at the terminal whether they mean it.
#pragma once
#include <string>

#include "cli/errors.h"

namespace sotto::cli {

// Shows `question` on standard error and reads a line from `descriptor`: true for "y" or "yes",
// in any case.  Anything else, and the end of input, is a no.
bool confirmed(int descriptor, const std::string& question);

// What a command ends with when the person said no.
std::unexpected<Error> declined();

}  // namespace sotto::cli
