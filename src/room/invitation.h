// Connection files in and out of the store: a host makes invites of a room, a joiner keeps what
// a file lets it reach.  Sealing and files on disk are the caller's.
#pragma once
#include <optional>
#include <string>

#include "base/entropy.h"
#include "store/rooms.h"
#include "wire/connection_file.h"
#include "wire/handshake.h"

namespace sotto::room {

struct InviteTerms {
  std::uint32_t uses = 1;
  std::optional<WallTime> expires;
  wire::Permissions permissions;
  // With it the bearer reads the room's onion descriptor (onion_access.h); where there is one.
  std::optional<crypto::X25519SecretKey> onion_client = std::nullopt;
};

// The connection file of a new invite to a hosted room; keep_invite() makes the host honour it.
Result<wire::ConnectionFile> draft_invite(const store::RoomRow& room, const crypto::Card& host,
                                          InviteTerms terms, Entropy& entropy);
Result<void> keep_invite(store::Database& database, const wire::ConnectionFile& file,
                         WallTime now);

struct JoinedRoom {
  store::RoomRow room;
  crypto::Card host;
  std::string host_name;  // ours for it
  bool host_verified = false;
};

// Keeps the room that `file` leads to, or refreshes it (its addresses, and the invite unless
// that is how our access came).  `introduced_as`: our name for the room, else the host's, made
// free. Errors: invite_expired; key_changed for a known identity or room with another key;
// own_room is the caller's to check; store's (name_taken for introduced_as).
Result<JoinedRoom> keep_connection(store::Database& database, const wire::ConnectionFile& file,
                                   const std::optional<std::string>& introduced_as,
                                   WallTime now);

// What it takes to link to a room that was kept.  Errc::unknown when the host's card is gone.
Result<JoinedRoom> joined_room(store::Database& database, store::RoomRow room);

// The access that a Welcome brought: from now on instead of the invite.
Result<void> keep_access(store::Database& database, const RoomId& room,
                         const wire::Access& access);

// The invite of a room with an access does not help: the key of the onion service that belongs
// to the access is in `reach` again.  The row is not stored.
Result<void> return_to_access(store::RoomRow& room);

// The same for good, and stored: no later start tries the invite again.
Result<void> drop_invite(store::Database& database, const RoomId& room);

}  // namespace sotto::room
