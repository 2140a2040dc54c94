// Seals the messages and outbox of a room under a new key, so that the old one can be
// destroyed: for when some of its messages are forgotten and the others stay.  For store/ only.
#pragma once
#include "store/connection.h"

namespace sotto::store {

// Inside a transaction; the key that stood before must be loadable.
Result<void> seal_room_anew(Connection& connection, const BlindIndex& room);

}  // namespace sotto::store
