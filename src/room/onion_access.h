// Who may read the descriptor of a hosted room's onion service (protocol.md 2 and 7; Tor's
// client authorization): each connection file has a key of its own, so that revoking one cuts
// its bearer off before the room is even asked.
//
// A service that is told of a new key needs seconds until its descriptor says so.  So it always
// knows a few keys that nobody has yet, the spares, and an invite takes one of them.
#pragma once
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "store/rooms.h"

namespace sotto::room {

inline constexpr std::size_t onion_spares_least = 3;
inline constexpr std::size_t onion_spares_most = 8;

// Gives `room` (hosted) the key of its service, unless it has one, and spares where there are
// fewer than the least.  True when it changed; storing it is the caller's.
bool prepare_onion(store::RoomRow& room, Entropy& entropy);

// A key for a new invite, out of the spares; the caller stores the room.
crypto::X25519SecretKey take_onion_client(store::RoomRow& room, Entropy& entropy);

// The keys that the service must know: those of the spares, of invites that may still be used,
// and of those by which somebody came in who belongs to the room.
Result<std::vector<crypto::X25519PublicKey>> onion_clients(store::Database& database,
                                                           const store::RoomRow& room,
                                                           WallTime now);

}  // namespace sotto::room
