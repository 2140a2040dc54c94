// Rooms of this profile and the invites to them.
#pragma once
#include <string>

#include "node/profile.h"
#include "store/rooms.h"

namespace sotto::node {

// The row of the room `name` that this profile hosts; a new one, not yet stored, when there is
// none.  node's bad_name; store's name_taken when a room or contact has that name.
Result<store::RoomRow> open_own_room(Profile& profile, const std::string& name);

}  // namespace sotto::node
