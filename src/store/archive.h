// All that a profile keeps, as one string of bytes: what is inside a backup (docs/protocol.md
// section 2, "Backups").  It is as secret as the profile itself: seal it.
//
//   "sotto backup 1" | version of the schema (4) | created (8) | index key (32)
//   | rows | end = 255 (1) | number of rows (8)
//   row:  number of the table (1), then its columns as store/tables.h lists them: integers (8),
//         all others behind their length (4), sealed ones opened
//
// Keys of the store and of its rooms are not in it: whoever restores draws new ones.
#pragma once
#include "base/secret.h"
#include "base/time.h"
#include "store/database.h"

namespace sotto::store {

// How much of each kind there is.
struct Contents {
  std::int64_t contacts = 0;
  std::int64_t rooms = 0;
  std::int64_t messages = 0;
  std::int64_t waiting = 0;  // rows of the outbox
  std::int64_t invites = 0;
};

struct Archive {
  Secret bytes;
  WallTime created;
  Contents contents;
};

// One moment of the store, while others go on reading and writing; not inside a transaction.
// damaged, locked, io.
Result<Archive> make_archive(Database& database, WallTime now);

struct FromArchive {
  WallTime created;
  Contents contents;  // `invites`: that were outstanding, and are void now
};
// Fills a store that is new.  Invites are revoked: their use since the backup is not known.
// Errc::damaged for what is no archive or contradicts itself, newer; nothing is kept then.
Result<FromArchive> fill_from_archive(Database& database, ByteView archive);

}  // namespace sotto::store
