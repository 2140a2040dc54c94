// Names that come from elsewhere: they never take one that is in use here.
#pragma once
#include <string>

#include "store/database.h"

namespace sotto::room {

// `wanted`, or with the first suffix -2, -3, ... that no room or contact of this profile has.
// `wanted` satisfies is_name(); so does the result.
Result<std::string> free_name(store::Database& database, const std::string& wanted);

}  // namespace sotto::room
