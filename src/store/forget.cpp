#include "store/forget.h"

#include <algorithm>

#include "store/chains.h"
#include "store/connection.h"
#include "store/contacts.h"
#include "store/invites.h"
#include "store/mailboxes.h"
#include "store/members.h"
#include "store/message_reader.h"
#include "store/records.h"
#include "store/room_reseal.h"
#include "store/rooms.h"

namespace sotto::store {
namespace {

Result<std::int64_t> count(Connection& connection, Sql sql, const BlindIndex& index) {
  Statement select = connection.statement(sql);
  auto found = select.bind(index.view()).row();
  if (!found) return pass(found);
  return *found ? select.integer(0) : 0;
}

Result<std::vector<RoomRow>> rooms_that_stay(Database& database, const ToForget& what) {
  auto rooms = Rooms(database).all();
  if (!rooms) return rooms;
  std::erase_if(*rooms, [&](const RoomRow& row) {
    return std::ranges::find(what.rooms, row.id) != what.rooms.end();
  });
  return rooms;
}

// The seqs of what this person said in a room: authors are sealed, so it looks at every head.
Result<std::vector<std::int64_t>> words_of(Connection& connection, const RoomId& room,
                                           const crypto::Ed25519PublicKey& person) {
  const BlindIndex index = connection.room_index(room);
  Statement select = connection.statement(
      "SELECT seq, shown, head, zeroblob(0), room FROM messages WHERE room = ?1");
  select.bind(index.view());
  std::vector<std::int64_t> seqs;
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return seqs;
    auto row = read_head(connection, select);
    if (!row) return pass(row);
    if (row->author == person) seqs.push_back(row->seq);
  }
}

// The ids of the invites that admitted this card, among those of `rooms`.
Result<std::vector<InviteId>> invites_of(Database& database, const std::vector<RoomRow>& rooms,
                                         const crypto::Fingerprint& card) {
  Connection& connection = database.connection();
  const BlindIndex card_index = connection.index("pins.card", card.view());
  std::vector<InviteId> out;
  for (const RoomRow& room : rooms) {
    const auto invites = Invites(database).of(room.id);
    if (!invites) return std::unexpected(invites.error());
    for (const InviteRow& invite : *invites) {
      const BlindIndex index = connection.index("invites.id", invite.id.view());
      auto pinned = connection.statement("SELECT 1 FROM pins WHERE invite = ?1 AND card = ?2")
                        .bind(index.view())
                        .bind(card_index.view())
                        .row();
      if (!pinned) return pass(pinned);
      if (*pinned && !invite.revoked) out.push_back(invite.id);
    }
  }
  return out;
}

Result<void> remove_records(Database& database, const RoomId& room) {
  Records records(database);
  const auto row = Rooms(database).by_id(room);
  if (!row) return std::unexpected(row.error());
  if (*row && (*row)->record_secret) {
    if (auto gone = records.remove(*(*row)->record_secret); !gone) return gone;
  }
  const auto members = Members(database).of(room);
  if (!members) return std::unexpected(members.error());
  for (const MemberRow& member : *members) {
    if (auto gone = records.remove(member.record_secret); !gone) return gone;
  }
  const auto invites = Invites(database).of(room);
  if (!invites) return std::unexpected(invites.error());
  for (const InviteRow& invite : *invites) {
    if (auto gone = records.remove(invite.record_secret); !gone) return gone;
  }
  return {};
}

Result<void> forget_room(Database& database, const RoomId& room) {
  Connection& connection = database.connection();
  if (auto gone = remove_records(database, room); !gone) return gone;
  const BlindIndex index = connection.room_index(room);
  auto kept = connection
                  .statement(
                      "INSERT OR IGNORE INTO tombstones (key)"
                      " SELECT key FROM messages WHERE room = ?1")
                  .bind(index.view())
                  .run();
  if (!kept) return kept;
  // Its key, members, invites, messages and outbox go with it.
  return Rooms(database).remove(room);
}

Result<void> forget_message(Connection& connection, std::int64_t seq) {
  auto kept = connection
                  .statement(
                      "INSERT OR IGNORE INTO tombstones (key)"
                      " SELECT key FROM messages WHERE seq = ?1")
                  .bind(seq)
                  .run();
  if (!kept) return kept;
  auto removed = connection.statement("DELETE FROM outbox WHERE seq = ?1").bind(seq).run();
  if (!removed) return removed;
  return connection.statement("DELETE FROM messages WHERE seq = ?1").bind(seq).run();
}

Result<void> forget_words(Connection& connection, const RoomId& room,
                          const crypto::Ed25519PublicKey& person) {
  const auto seqs = words_of(connection, room, person);
  if (!seqs) return std::unexpected(seqs.error());
  if (seqs->empty()) return {};
  for (const std::int64_t seq : *seqs) {
    if (auto forgotten = forget_message(connection, seq); !forgotten) return forgotten;
  }
  return seal_room_anew(connection, connection.room_index(room));
}

Result<void> forget_member(Database& database, const RoomId& room,
                           const crypto::Ed25519PublicKey& person) {
  if (auto gone = Chains(database).remove_all(room, person); !gone) return gone;
  if (auto gone = Mailboxes(database).remove(room, person); !gone) return gone;
  const auto member = Members(database).find(room, person);
  if (!member) return std::unexpected(member.error());
  if (!*member) return {};
  if (auto gone = Records(database).remove((*member)->record_secret); !gone) return gone;
  Connection& connection = database.connection();
  const BlindIndex index = connection.room_index(room);
  const BlindIndex recipient = connection.recipient_index(person);
  auto removed = connection.statement("DELETE FROM outbox WHERE room = ?1 AND recipient = ?2")
                     .bind(index.view())
                     .bind(recipient.view())
                     .run();
  if (!removed) return removed;
  return Members(database).remove(room, person);
}

Result<void> forget_person(Database& database, const ToForget& what) {
  const auto contact = Contacts(database).by_identity(*what.person);
  if (!contact) return std::unexpected(contact.error());
  const auto rooms = rooms_that_stay(database, what);
  if (!rooms) return std::unexpected(rooms.error());
  for (const RoomRow& room : *rooms) {
    auto words = forget_words(database.connection(), room.id, *what.person);
    if (!words) return words;
    if (auto gone = forget_member(database, room.id, *what.person); !gone) return gone;
  }
  if (!*contact) return {};
  auto invites = invites_of(database, *rooms, (*contact)->fingerprint);
  if (!invites) return std::unexpected(invites.error());
  for (const InviteId& invite : *invites) {
    if (auto revoked = Invites(database).revoke(invite); !revoked) return revoked;
  }
  return Contacts(database).remove((*contact)->fingerprint);
}

Result<void> add_room(Connection& connection, const RoomId& room, Forgettable& sum) {
  const BlindIndex index = connection.room_index(room);
  auto messages = count(connection, "SELECT count(*) FROM messages WHERE room = ?1", index);
  if (!messages) return pass(messages);
  auto waiting =
      count(connection, "SELECT count(DISTINCT seq) FROM outbox WHERE room = ?1", index);
  if (!waiting) return pass(waiting);
  auto members = count(connection, "SELECT count(*) FROM members WHERE room = ?1", index);
  if (!members) return pass(members);
  auto invites = count(connection, "SELECT count(*) FROM invites WHERE room = ?1", index);
  if (!invites) return pass(invites);
  sum.messages += *messages;
  sum.waiting += *waiting;
  sum.memberships += *members;
  sum.invites += *invites;
  return {};
}

Result<void> add_person(Database& database, const ToForget& what, Forgettable& sum) {
  const auto rooms = rooms_that_stay(database, what);
  if (!rooms) return std::unexpected(rooms.error());
  for (const RoomRow& room : *rooms) {
    const auto words = words_of(database.connection(), room.id, *what.person);
    if (!words) return std::unexpected(words.error());
    sum.messages += static_cast<std::int64_t>(words->size());
    const auto member = Members(database).find(room.id, *what.person);
    if (!member) return std::unexpected(member.error());
    if (*member) ++sum.memberships;
  }
  const auto contact = Contacts(database).by_identity(*what.person);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) return {};
  const auto invites = invites_of(database, *rooms, (*contact)->fingerprint);
  if (!invites) return std::unexpected(invites.error());
  sum.invites += static_cast<std::int64_t>(invites->size());
  return {};
}

}  // namespace

Result<Forgettable> measure(Database& database, const ToForget& what) {
  Forgettable sum;
  auto measured = database.connection().atomically([&]() -> Result<void> {
    for (const RoomId& room : what.rooms) {
      if (auto added = add_room(database.connection(), room, sum); !added) return added;
    }
    return what.person ? add_person(database, what, sum) : Result<void>();
  });
  if (!measured) return pass(measured);
  return sum;
}

Result<bool> forget(Database& database, const ToForget& what) {
  Connection& connection = database.connection();
  auto forgotten = connection.transaction([&]() -> Result<void> {
    for (const RoomId& room : what.rooms) {
      if (auto gone = forget_room(database, room); !gone) return gone;
    }
    if (what.person) {
      if (auto gone = forget_person(database, what); !gone) return gone;
    }
    return connection.keys().replace_store_key();
  });
  if (!forgotten) return pass(forgotten);
  auto dropped =
      connection.transaction([&] { return connection.keys().drop_old_store_keys(); });
  if (!dropped) return pass(dropped);
  return connection.truncate_log();
}

}  // namespace sotto::store
