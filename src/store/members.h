// Who belongs to a room that this profile hosts, and what each link of theirs must know.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/card.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct MemberRow {
  RoomId room;
  crypto::Ed25519PublicKey identity_pk;  // of a contact
  InviteId invite;  // what admitted them; all zero: the open door of the room
  LinkRef tag;
  crypto::SymmetricKey psk;
  crypto::SymmetricKey record_secret;
  bool access_used = false;  // tag and psk have opened a link: the invite admits no more
  bool removed = false;      // kicked: tag and psk stay, so that Refused can name the reason
  std::uint32_t removed_after = 0;  // the newest invite of the room then: a later one admits
  WallTime joined;
  std::optional<WallTime> last_seen;  // when a link of theirs last ended
  bool blocked = false;  // as a contact: kept here as well, where messages are handed out
};

class Members {
 public:
  explicit Members(Database& database) : database_(database) {}

  Result<void> put(const MemberRow& row);  // inserts or replaces (room, identity_pk)
  Result<std::optional<MemberRow>> by_tag(const LinkRef& tag);
  Result<std::optional<MemberRow>> find(const RoomId& room,
                                        const crypto::Ed25519PublicKey& identity_pk);
  Result<std::vector<MemberRow>> of(const RoomId& room);  // in the order of joining
  // Tag, psk and all: who comes with them is a stranger from now on.
  Result<void> remove(const RoomId& room, const crypto::Ed25519PublicKey& identity_pk);

 private:
  Database& database_;
};

}  // namespace sotto::store
