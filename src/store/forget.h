// Forgetting for good (crypto-shredding): rooms with their history and keys, and people.
//
// What goes is sealed under keys that are destroyed (key_ring.h), so that it cannot be read in
// free pages, in the write-ahead log, or in an old copy of the database, also by who has the
// profile's passphrase or key file.  Copies of the whole home and backup files from before are
// out of reach.  Tombstones of the messages' ids stay: what was seen once is not shown again
// when it comes again.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_bytes.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct ToForget {
  std::vector<RoomId> rooms;  // with members, invites, messages and outbox
  // Their card, their words in the rooms that stay, their places in rooms that we host; the
  // invites that admitted them are revoked, so that those do not let them in again.
  std::optional<crypto::Ed25519PublicKey> person;
};

struct Forgettable {
  std::int64_t messages = 0;
  std::int64_t waiting = 0;  // of these, how many still wait for somebody
  std::int64_t memberships = 0;
  std::int64_t invites = 0;  // removed with their room, or revoked
};

// What forget() would destroy.
Result<Forgettable> measure(Database& database, const ToForget& what);

// Destroys it; not inside a transaction.  False: done, but another process reads the store, so
// that the write-ahead log, unreadable by now, was not cut short.
Result<bool> forget(Database& database, const ToForget& what);

}  // namespace sotto::store
