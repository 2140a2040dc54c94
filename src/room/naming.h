// Names that come from elsewhere: they never take one that is in use here.
#pragma once
#include <string>

#include "store/database.h"

namespace sotto::room {

// `wanted`, or with the first suffix -2, -3, ... that no room or contact of this profile has.
// What could be taken for an address, a path, a URI, a room's id or a fingerprint is changed
// first: names come before those where a target is looked for.
// `wanted` satisfies is_name(); so does the result.
Result<std::string> free_name(store::Database& database, const std::string& wanted);

}  // namespace sotto::room
