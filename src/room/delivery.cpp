#include "room/delivery.h"

#include <algorithm>

#include "room/errors.h"
#include "store/members.h"
#include "store/outbox.h"
#include "store/receipts.h"

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

// True when an entry was added.
Result<bool> queue_for(store::Database& database, std::int64_t seq, const RoomId& room,
                       const std::vector<crypto::Ed25519PublicKey>& recipients, WallTime now) {
  store::Outbox outbox(database);
  bool any = false;
  for (const auto& recipient : recipients) {
    const auto added = outbox.add({seq, room, recipient, now});
    if (!added) return added;
    any = any || *added;
  }
  return any;
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
    const bool hears = !member.removed && !member.blocked;
    if (hears && member.identity_pk != author) out.push_back(member.identity_pk);
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
      // One that was given up before goes out again.
      if (*before && (*before)->stage >= store::Stage::delivered) {
        return Composed{added->seq, id, (*before)->stage};
      }
      // One that still waits for somebody does not go again to those who have it.
      const auto waits = store::Outbox(database).waits(added->seq);
      if (!waits) return std::unexpected(waits.error());
      if (*waits) return Composed{added->seq, id, store::Stage::queued};
      break;
    }
    case Messages::Added::added:
      break;
  }
  const auto to = recipients(database, room, author.public_key);
  if (!to) return std::unexpected(to.error());
  const auto queued = queue_for(database, added->seq, room.id, *to, now);
  if (!queued) return std::unexpected(queued.error());
  if (auto requeued = messages.requeue(added->seq); !requeued) return pass(requeued);
  return Composed{added->seq, id, store::Stage::queued, *queued,
                  added->outcome == Messages::Added::added};
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
  const auto row = messages.head(room, author, id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return false;
  store::Outbox outbox(database);
  const auto removed = outbox.remove((*row)->seq, recipient);
  if (!removed) return std::unexpected(removed.error());
  if (author != self) return false;
  const auto still = outbox.waits((*row)->seq);
  if (!still) return std::unexpected(still.error());
  if (*still) return false;
  return messages.set_stage((*row)->seq, store::Stage::delivered);
}

Result<void> rejected(store::Database& database, const RoomId& room,
                      const crypto::Ed25519PublicKey& self,
                      const crypto::Ed25519PublicKey& author, const MessageId& id,
                      const crypto::Ed25519PublicKey& recipient) {
  Messages messages(database);
  const auto row = messages.head(room, author, id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  store::Outbox outbox(database);
  const auto removed = outbox.remove((*row)->seq, recipient);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed || author != self) return {};
  const auto still = outbox.waits((*row)->seq);
  if (!still) return std::unexpected(still.error());
  if (*still) return {};
  auto cancelled = messages.set_stage((*row)->seq, store::Stage::cancelled);
  if (!cancelled) return pass(cancelled);
  return {};
}

Result<std::optional<OwedReceipt>> shown(store::Database& database,
                                         const crypto::Ed25519PublicKey& self,
                                         std::int64_t seq) {
  const auto marked = Messages(database).mark_shown(seq);
  if (!marked) return std::unexpected(marked.error());
  if (!*marked || (*marked)->author == self) return std::nullopt;
  const auto room = store::Rooms(database).by_id((*marked)->room);
  if (!room) return std::unexpected(room.error());
  if (!*room || !(*room)->hosted) return std::nullopt;
  if (auto owed = store::Receipts(database).add(**marked); !owed) return pass(owed);
  return OwedReceipt{(*marked)->room, (*marked)->author};
}

Result<bool> read(store::Database& database, const RoomId& room,
                  const crypto::Ed25519PublicKey& self, const wire::Read& read) {
  Messages messages(database);
  const auto row = messages.head(room, self, read.id);
  if (!row) return std::unexpected(row.error());
  if (!*row || (*row)->content_hash != read.content_hash) return false;
  // What was read has arrived, even if the acknowledgement was lost.
  if ((*row)->stage < store::Stage::delivered) {
    const auto removed = store::Outbox(database).remove_all((*row)->seq);
    if (!removed) return std::unexpected(removed.error());
  }
  return messages.set_stage((*row)->seq, store::Stage::read);
}

Result<bool> delivered_if_read(store::Database& database, const RoomId& room,
                               const crypto::Ed25519PublicKey& self, const wire::Read& read,
                               const crypto::Ed25519PublicKey& recipient) {
  const auto row = Messages(database).head(room, self, read.id);
  if (!row) return std::unexpected(row.error());
  if (!*row || (*row)->content_hash != read.content_hash) return false;
  return delivered(database, room, self, self, read.id, recipient);
}

Result<void> read_is_known(store::Database& database, const RoomId& room,
                           const crypto::Ed25519PublicKey& author, const MessageId& id) {
  const auto row = Messages(database).head(room, author, id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  return store::Receipts(database).remove((*row)->seq);
}

Result<std::vector<Expired>> expire(store::Database& database,
                                    const crypto::Ed25519PublicKey& self, WallTime now) {
  store::Outbox outbox(database);
  Messages messages(database);
  const auto old = outbox.queued_before(now - outbox_limit);
  if (!old) return std::unexpected(old.error());
  std::vector<Expired> own;
  for (const store::OutboxEntry& entry : *old) {
    const auto removed = outbox.remove(entry.message_seq, entry.recipient);
    if (!removed) return std::unexpected(removed.error());
    const auto row = messages.find(entry.message_seq);
    if (!row) return std::unexpected(row.error());
    if (!*row || (*row)->author != self) continue;
    const auto set = messages.set_stage(entry.message_seq, store::Stage::expired);
    if (!set) return std::unexpected(set.error());
    if (*set) own.push_back({entry.room, (*row)->id});
  }
  return own;
}

Result<RoomId> cancel(store::Database& database, const crypto::Ed25519PublicKey& self,
                      const MessageId& id) {
  store::Outbox outbox(database);
  Messages messages(database);
  const auto rooms = outbox.rooms();
  if (!rooms) return std::unexpected(rooms.error());
  for (const RoomId& room : *rooms) {
    const auto row = messages.head(room, self, id);
    if (!row) return std::unexpected(row.error());
    if (!*row) continue;
    const auto removed = outbox.remove_all((*row)->seq);
    if (!removed) return std::unexpected(removed.error());
    if (*removed == 0) continue;
    const auto set = messages.set_stage((*row)->seq, store::Stage::cancelled);
    if (!set) return std::unexpected(set.error());
    return room;
  }
  return fail(Errc::message_unknown,
              "No message of yours with this id waits in the outbox. `sotto outbox` shows what "
              "does.");
}

Result<std::vector<Settled>> settled_among(store::Database& database, const RoomId& room,
                                           const crypto::Ed25519PublicKey& self,
                                           const std::vector<MessageId>& ids) {
  std::vector<Settled> out;
  for (const MessageId& id : ids) {
    const auto row = Messages(database).head(room, self, id);
    if (!row) return std::unexpected(row.error());
    if (*row && (*row)->stage >= store::Stage::delivered) out.push_back({id, (*row)->stage});
  }
  return out;
}

}  // namespace sotto::room
