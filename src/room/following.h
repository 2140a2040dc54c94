// How a member follows a host that has moved: the record that was found is kept, so that none
// older is ever accepted again, and the ways to the room become what it says.  Synchronous,
// over the store.
#pragma once
#include <optional>

#include "rendezvous/search.h"
#include "store/database.h"

namespace sotto::room {

// The search for a room's record; nothing when the room is gone, or has no secret to look with.
Result<std::optional<rendezvous::Search>> search_for(store::Database& database,
                                                     const RoomId& room, WallTime now);

// `record` is what a search has accepted.  The room's new ways (as wire/connection_file.h has
// them), stored; nothing when they are as they were.  The key by which we read the onion
// service's descriptor stays, and of a room that is promised to Tor no other address is taken.
// rendezvous' rolled_back when a newer one was kept meanwhile.
Result<std::optional<Secret>> follow(store::Database& database, const RoomId& room,
                                     const wire::RendezvousRecord& record);

}  // namespace sotto::room
