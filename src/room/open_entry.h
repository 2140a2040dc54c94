// The joiner's side of an open room: may this host be who it is, and what is kept once it has
// let us in (docs/protocol.md section 3, "Open rooms").
#pragma once
#include <optional>
#include <vector>

#include "room/invitation.h"
#include "store/contacts.h"
#include "wire/handshake.h"

namespace sotto::room {

// Where somebody was met who says to be the host.
struct OpenHost {
  crypto::Card card;
  wire::Reach reach;           // the addresses that were tried
  std::optional<RoomId> room;  // if the person named it
};

struct KnownHost {
  std::optional<store::ContactRow> contact;
  bool hosts_for_us = false;  // we have entered a room of theirs before, by whatever way
};

// Looks, and changes nothing.  Errc::key_changed for a known identity with other keys, and for
// a room or, where the person named none, an address that we know under another host.
Result<KnownHost> check_open_host(store::Database& database, const OpenHost& host);

// Keeps the room that a Welcome was for: host, addresses and access; `verified` if the person
// has compared the host's fingerprint.  Errc::key_changed as above, then nothing is kept.  The
// caller runs it in a transaction.
Result<JoinedRoom> keep_open_room(store::Database& database, const OpenHost& host,
                                  const wire::Welcome& welcome, bool verified, WallTime now);

}  // namespace sotto::room
