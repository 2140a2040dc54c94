// JSON as it leaves the program: one line that no terminal obeys.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace sotto::cli {

// The value on one line with its newline.  Characters that could move a cursor, hide, or turn
// the reading direction are written as \uXXXX: the same JSON, harmless to look at.
std::string json_line(const Json& value);

// Values that many results have: RFC 3339 or null; an array of strings.
Json json_time(const std::optional<WallTime>& time);
Json json_texts(const std::vector<std::string>& texts);

}  // namespace sotto::cli
