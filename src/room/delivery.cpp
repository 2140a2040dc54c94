#include "room/delivery.h"

#include <algorithm>

#include "room/errors.h"
#include "store/members.h"
#include "store/outbox.h"

namespace sotto::room {
namespace {

using store::Messages;

store::MessageRow to_row(const RoomId& room, const wire::Message& message, WallTime now) {
  store::MessageRow row;
  row.room = room;
  row.author = message.author;
  row.id = message.id;
  row.content_hash = wire::content_hash(message);
  row.message = wire::encode(message);
  row.received = now;
  return row;
}

Result<void> queue_for(store::Database& database, std::int64_t seq, const RoomId& room,
                       const std::vector<crypto::Ed25519PublicKey>& recipients, WallTime now) {
  store::Outbox outbox(database);
  for (const auto& recipient : recipients) {
    if (auto added = outbox.add({seq, room, recipient, now}); !added) return added;
  }
  return {};
}

}  // namespace

MessageId named_message_id(std::string_view name) {
  const auto hash = crypto::blake2b_256({as_bytes("sotto message id 1"), as_bytes(name)});
  return *MessageId::from(ByteView(hash).first(MessageId::size));
}

Result<std::vector<crypto::Ed25519PublicKey>> recipients(
    store::Database& database, const store::RoomRow& room,
    const crypto::Ed25519PublicKey& author) {
  if (!room.hosted) return std::vector{room.host};
  const auto members = store::Members(database).of(room.id);
  if (!members) return std::unexpected(members.error());
  std::vector<crypto::Ed25519PublicKey> out;
  for (const auto& member : *members) {
    if (!member.removed && member.identity_pk != author) out.push_back(member.identity_pk);
  }
  return out;
}

Result<Composed> compose(store::Database& database, const store::RoomRow& room,
                         const crypto::Ed25519KeyPair& author, std::string text,
                         const MessageId& id, WallTime now) {
  wire::Message message{id, author.public_key, now, std::move(text), {}};
  wire::sign_message(message, room.id, author);
  store::MessageRow row = to_row(room.id, message, now);
  row.shown = true;
  Messages messages(database);
  const auto added = messages.add(row);
  if (!added) return std::unexpected(added.error());
  store::Stage stage = store::Stage::queued;
  switch (added->outcome) {
    case Messages::Added::id_reused:
      return fail(
          Errc::id_reused,
          "A message with this --id but another text was sent before. Choose a new id.");
    case Messages::Added::forgotten:
      return fail(Errc::id_reused,
                  "A message with this --id was sent before and forgotten since. Choose a new "
                  "id.");
    case Messages::Added::duplicate: {
      const auto before = messages.find(added->seq);
      if (!before) return std::unexpected(before.error());
      stage = *before ? (*before)->stage : store::Stage::queued;
      // One that was given up before goes out again.
      if (stage < store::Stage::delivered) break;
      return Composed{added->seq, id, stage};
    }
    case Messages::Added::added:
      break;
  }
  const auto to = recipients(database, room, author.public_key);
  if (!to) return std::unexpected(to.error());
  if (auto queued = queue_for(database, added->seq, room.id, *to, now); !queued) {
    return pass(queued);
  }
  return Composed{added->seq, id, stage};
}

Result<Accepted> accept(store::Database& database, const RoomId& room_id,
                        const wire::Message& message, WallTime now) {
  store::MessageRow row = to_row(room_id, message, now);
  row.stage = store::Stage::delivered;
  const auto added = Messages(database).add(row);
  if (!added) return std::unexpected(added.error());
  Accepted out{added->outcome, added->seq, false};
  if (added->outcome != Messages::Added::added) return out;
  const auto room = store::Rooms(database).by_id(room_id);
  if (!room) return std::unexpected(room.error());
  if (!*room || !(*room)->hosted) return out;
  const auto to = recipients(database, **room, message.author);
  if (!to) return std::unexpected(to.error());
  if (auto queued = queue_for(database, added->seq, room_id, *to, now); !queued) {
    return pass(queued);
  }
  out.fanned_out = !to->empty();
  return out;
}

Result<bool> delivered(store::Database& database, const RoomId& room,
                       const crypto::Ed25519PublicKey& self,
                       const crypto::Ed25519PublicKey& author, const MessageId& id,
                       const crypto::Ed25519PublicKey& recipient) {
  Messages messages(database);
  const auto row = messages.find(room, author, id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return false;
  store::Outbox outbox(database);
  const auto removed = outbox.remove((*row)->seq, recipient);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed || author != self) return false;
  const auto still = outbox.waits((*row)->seq);
  if (!still) return std::unexpected(still.error());
  if (*still) return false;
  if (auto set = messages.set_stage((*row)->seq, store::Stage::delivered); !set)
    return pass(set);
  return true;
}

Result<std::vector<MessageId>> delivered_among(store::Database& database, const RoomId& room,
                                               const crypto::Ed25519PublicKey& self,
                                               const std::vector<MessageId>& ids) {
  std::vector<MessageId> out;
  for (const MessageId& id : ids) {
    const auto row = store::Messages(database).find(room, self, id);
    if (!row) return std::unexpected(row.error());
    if (*row && (*row)->stage >= store::Stage::delivered) out.push_back(id);
  }
  return out;
}

}  // namespace sotto::room
