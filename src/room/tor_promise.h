// The promise that a room is reached through Tor alone (docs/protocol.md section 8).
//
// It stands with the room and with whoever hosts it: rooms of theirs that are met later have it
// from the start.  What waits in the outbox of a room goes the room's way.
#pragma once
#include "store/rooms.h"

namespace sotto::room {

// Makes it, for `room` (which is stored) and its host; addresses that would leave Tor are
// forgotten.  No harm when it stands already.
Result<void> promise_tor(store::Database& database, store::RoomRow& room);

// Takes it back, for both: the person has asked for that by --leave-tor.
Result<void> lift_tor_promise(store::Database& database, store::RoomRow& room);
// The same by id and host, whether we have the room yet or not.
Result<void> lift_tor_promise(store::Database& database, const RoomId& room,
                              const crypto::Ed25519PublicKey& host);

}  // namespace sotto::room
