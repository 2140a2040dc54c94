// What people.h and rooms.h do to the store, with what follows for the rooms that an owner has
// open: somebody who is present is cut off, a name or a mark changes at once.
#pragma once
#include "node/agent.h"
#include "node/people.h"
#include "node/rooms.h"

namespace sotto::node {

Async<ContactInfo> rename_in_rooms(Agent& agent, RenameRequest request);
Async<ContactInfo> block_in_rooms(Agent& agent, BlockRequest request);
Async<ContactInfo> verify_in_rooms(Agent& agent, VerifyRequest request);

Async<RoomsReply> list_rooms(Agent& agent, NoRequest request);
Async<RoomDetails> show_room(Agent& agent, RoomRequest request);
Async<CloseReply> close_room(Agent& agent, RoomRequest request);
Async<RoomInfo> remove_room(Agent& agent, RoomRequest request);
Async<KickReply> kick(Agent& agent, KickRequest request);

// The onion services of open rooms learn who may read their descriptors from now on, and their
// records are published for whoever has an invite.
// A service that cannot be told yet is logged, and shows in `status`; the others are told.
boost::asio::awaitable<void> refresh_onions(Agent& agent);

}  // namespace sotto::node
