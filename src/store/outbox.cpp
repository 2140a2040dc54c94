#include "store/outbox.h"

#include <algorithm>

#include "store/connection.h"
#include "store/message_reader.h"
#include "store/pack.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "outbox";

// The row key: blind index of the room (16) | of the recipient (16) | seq (8).
class RowKey {
 public:
  RowKey(ByteView room, ByteView recipient, std::int64_t seq) {
    if (room.size() != 16 || recipient.size() != 16) return;  // damaged: opens nothing
    std::ranges::copy(room, key_.begin());
    std::ranges::copy(recipient, key_.begin() + 16);
    store_be<std::uint64_t>(MutableBytes(key_).subspan(32), static_cast<std::uint64_t>(seq));
  }
  Place place() const { return {table, key_, "sealed"}; }
  ByteView room() const { return ByteView(key_).first(16); }

 private:
  std::array<std::byte, 40> key_{};
};

// seq (8) | room (16) | recipient (32) | queued (8)
Bytes seal(Connection& connection, const crypto::SymmetricKey& room_key, const RowKey& key,
           const OutboxEntry& entry) {
  Packer fields(64);
  fields.integer(static_cast<std::uint64_t>(entry.message_seq))
      .fixed(entry.room.view())
      .fixed(entry.recipient.view())
      .time(entry.queued);
  return connection.seal_in_room(room_key, key.place(), fields.view());
}

Result<OutboxEntry> open(Connection& connection, const RowKey& key, ByteView sealed) {
  auto plaintext = connection.open_in_room(key.room(), key.place(), sealed);
  if (!plaintext) return pass(plaintext);
  Unpacker fields(*plaintext);
  OutboxEntry entry;
  entry.message_seq = static_cast<std::int64_t>(fields.integer<std::uint64_t>());
  entry.room = fields.fixed<RoomId>();
  entry.recipient = fields.fixed<crypto::Ed25519PublicKey>();
  entry.queued = fields.time();
  if (!fields.complete()) return std::unexpected(connection.damaged(table));
  return entry;
}

// Those of the entries that `select` yields (room, recipient, seq, sealed) that are `wanted`.
template <class Wanted>
Result<std::vector<OutboxEntry>> entries_of(Connection& connection, Statement select,
                                            Wanted wanted) {
  std::vector<OutboxEntry> entries;
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return entries;
    const RowKey key(select.blob(0), select.blob(1), select.integer(2));
    auto entry = open(connection, key, select.blob(3));
    if (!entry) return pass(entry);
    if (wanted(*entry)) entries.push_back(*std::move(entry));
  }
}

}  // namespace

Result<bool> Outbox::add(const OutboxEntry& entry) {
  Connection& connection = database_.connection();
  const BlindIndex room = connection.room_index(entry.room);
  const BlindIndex recipient = connection.recipient_index(entry.recipient);
  const RowKey key(room.view(), recipient.view(), entry.message_seq);
  const auto room_key = connection.keys().of_room_or_new(room);
  if (!room_key) return std::unexpected(room_key.error());
  const Bytes sealed = seal(connection, **room_key, key, entry);
  auto added = connection
                   .statement(
                       "INSERT INTO outbox (room, recipient, seq, sealed) VALUES (?1, ?2, ?3,"
                       " ?4) ON CONFLICT DO NOTHING")
                   .bind(room.view())
                   .bind(recipient.view())
                   .bind(entry.message_seq)
                   .bind(sealed)
                   .run();
  if (!added) return pass(added);
  return connection.changed_rows() > 0;
}

Result<std::vector<MessageRow>> Outbox::waiting(const RoomId& room,
                                                const crypto::Ed25519PublicKey& recipient,
                                                std::int64_t after_seq, std::size_t limit,
                                                std::size_t bytes) {
  Connection& connection = database_.connection();
  const BlindIndex room_blind = connection.room_index(room);
  const BlindIndex recipient_blind = connection.recipient_index(recipient);
  constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();
  // CROSS JOIN keeps SQLite from walking the messages instead.
  Statement select = connection.statement(
      "SELECT m.seq, m.shown, m.head, m.body, m.room, o.sealed"
      " FROM outbox AS o CROSS JOIN messages AS m ON m.seq = o.seq"
      " WHERE o.room = ?1 AND o.recipient = ?2 AND o.seq > ?3 ORDER BY o.seq LIMIT ?4");
  select.bind(room_blind.view())
      .bind(recipient_blind.view())
      .bind(after_seq)
      .bind(static_cast<std::int64_t>(std::min(limit, most)));
  std::vector<MessageRow> rows;
  std::size_t taken = 0;
  while (taken < bytes) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return rows;
    auto row = read_message(connection, select);
    if (!row) return pass(row);
    const RowKey key(room_blind.view(), recipient_blind.view(), row->seq);
    auto entry = open(connection, key, select.blob(message_columns));
    if (!entry) return pass(entry);
    // A message must never reach someone, or a room, that it was not queued for.
    if (entry->message_seq != row->seq || entry->room != room || row->room != room ||
        entry->recipient != recipient) {
      return std::unexpected(connection.damaged(table));
    }
    taken += row->message.size();
    rows.push_back(*std::move(row));
  }
  return rows;
}

Result<bool> Outbox::remove(std::int64_t message_seq,
                            const crypto::Ed25519PublicKey& recipient) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.recipient_index(recipient);
  auto removed = connection
                     .statement(
                         "DELETE FROM outbox WHERE room = (SELECT room FROM messages WHERE"
                         " seq = ?1) AND recipient = ?2 AND seq = ?1")
                     .bind(message_seq)
                     .bind(index.view())
                     .run();
  if (!removed) return pass(removed);
  return connection.changed_rows() > 0;
}

Result<void> Outbox::remove_all(const RoomId& room, const crypto::Ed25519PublicKey& recipient) {
  Connection& connection = database_.connection();
  const BlindIndex room_blind = connection.room_index(room);
  const BlindIndex recipient_blind = connection.recipient_index(recipient);
  return connection.statement("DELETE FROM outbox WHERE room = ?1 AND recipient = ?2")
      .bind(room_blind.view())
      .bind(recipient_blind.view())
      .run();
}

Result<std::size_t> Outbox::waiting_in(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement count =
      connection.statement("SELECT count(DISTINCT seq) FROM outbox WHERE room = ?1");
  const auto row = count.bind(index.view()).row();
  if (!row) return std::unexpected(row.error());
  return static_cast<std::size_t>(*row ? count.integer(0) : 0);
}

Result<std::size_t> Outbox::remove_all(std::int64_t message_seq) {
  Connection& connection = database_.connection();
  auto removed =
      connection.statement("DELETE FROM outbox WHERE seq = ?1").bind(message_seq).run();
  if (!removed) return pass(removed);
  return static_cast<std::size_t>(connection.changed_rows());
}

Result<bool> Outbox::waits(std::int64_t message_seq) {
  return database_.connection()
      .statement("SELECT 1 FROM outbox WHERE seq = ?1 LIMIT 1")
      .bind(message_seq)
      .row();
}

Result<std::vector<OutboxEntry>> Outbox::of(std::int64_t message_seq) {
  Connection& connection = database_.connection();
  Statement select = connection.statement(
      "SELECT room, recipient, seq, sealed FROM outbox WHERE seq = ?1 ORDER BY recipient");
  select.bind(message_seq);
  return entries_of(connection, std::move(select), [&](const OutboxEntry& entry) {
    return entry.message_seq == message_seq;
  });
}

Result<std::vector<OutboxEntry>> Outbox::all() {
  Connection& connection = database_.connection();
  return entries_of(
      connection,
      connection.statement(
          "SELECT room, recipient, seq, sealed FROM outbox ORDER BY seq, recipient"),
      [](const OutboxEntry&) { return true; });
}

Result<std::vector<OutboxEntry>> Outbox::queued_before(WallTime limit) {
  Connection& connection = database_.connection();
  return entries_of(
      connection,
      connection.statement(
          "SELECT room, recipient, seq, sealed FROM outbox ORDER BY seq, recipient"),
      [limit](const OutboxEntry& entry) { return entry.queued < limit; });
}

Result<std::vector<RoomId>> Outbox::rooms() {
  Connection& connection = database_.connection();
  auto one_of_each = entries_of(
      connection,
      connection.statement("SELECT room, recipient, seq, sealed FROM outbox GROUP BY room"),
      [](const OutboxEntry&) { return true; });
  if (!one_of_each) return pass(one_of_each);
  std::vector<RoomId> rooms;
  for (const OutboxEntry& entry : *one_of_each) rooms.push_back(entry.room);
  return rooms;
}

Result<std::vector<crypto::Ed25519PublicKey>> Outbox::recipients(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement select = connection.statement(
      "SELECT room, recipient, seq, sealed FROM outbox WHERE room = ?1 GROUP BY recipient");
  select.bind(index.view());
  auto one_of_each = entries_of(connection, std::move(select),
                                [&](const OutboxEntry& entry) { return entry.room == room; });
  if (!one_of_each) return pass(one_of_each);
  std::vector<crypto::Ed25519PublicKey> recipients;
  for (const OutboxEntry& entry : *one_of_each) recipients.push_back(entry.recipient);
  return recipients;
}

Result<std::size_t> Outbox::count() {
  Statement select = database_.connection().statement("SELECT count(*) FROM outbox");
  auto found = select.row();
  if (!found) return pass(found);
  return static_cast<std::size_t>(select.integer(0));
}

}  // namespace sotto::store
