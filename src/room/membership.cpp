#include "room/membership.h"

#include "room/mailbox.h"
#include "store/invites.h"
#include "store/members.h"
#include "store/outbox.h"
#include "store/rooms.h"

namespace sotto::room {

Result<bool> remove_member(store::Database& database, const RoomId& room,
                           const crypto::Ed25519PublicKey& who) {
  store::Members members(database);
  auto member = members.find(room, who);
  if (!member) return pass(member);
  if (!*member || (*member)->removed) return false;
  // Numbers, not times: a clock that was wrong must not let an old invite in, or keep a new one
  // out.
  const auto newest = store::Invites(database).newest_number(room);
  if (!newest) return std::unexpected(newest.error());
  (*member)->removed = true;
  (*member)->removed_after = *newest;
  if (auto put = members.put(**member); !put) return pass(put);
  if (auto dropped = store::Outbox(database).remove_all(room, who); !dropped) {
    return pass(dropped);
  }
  if (auto dropped = drop_mailbox(database, room, who); !dropped) return pass(dropped);
  return true;
}

Result<void> note_last_seen(store::Database& database, const RoomId& room,
                            const crypto::Ed25519PublicKey& who, WallTime now) {
  store::Members members(database);
  auto member = members.find(room, who);
  if (!member) return pass(member);
  if (!*member) return {};
  (*member)->last_seen = now;
  return members.put(**member);
}

Result<void> set_blocked(store::Database& database, const crypto::Ed25519PublicKey& who,
                         bool blocked) {
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  store::Members members(database);
  for (const auto& room : *rooms) {
    if (!room.hosted) continue;
    auto member = members.find(room.id, who);
    if (!member) return pass(member);
    if (!*member) continue;
    (*member)->blocked = blocked;
    if (auto put = members.put(**member); !put) return put;
    if (!blocked) continue;
    if (auto dropped = store::Outbox(database).remove_all(room.id, who); !dropped)
      return dropped;
    if (auto dropped = drop_mailbox(database, room.id, who); !dropped) return dropped;
  }
  return {};
}

}  // namespace sotto::room
