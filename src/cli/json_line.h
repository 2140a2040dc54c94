// JSON as it leaves the program: one line that no terminal obeys.
#pragma once
#include <string>

#include "base/json.h"

namespace sotto::cli {

// The value on one line with its newline.  Characters that could move a cursor, hide, or turn
// the reading direction are written as \uXXXX: the same JSON, harmless to look at.
std::string json_line(const Json& value);

}  // namespace sotto::cli
