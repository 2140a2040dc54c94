#include "store/messages.h"

#include <algorithm>
#include <limits>

#include "store/connection.h"
#include "store/message_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "messages";

// What makes a message the same: room (16) | author (32) | id (16).
BlindIndex key_of(Connection& connection, const RoomId& room,
                  const crypto::Ed25519PublicKey& author, const MessageId& id) {
  std::array<std::byte, 64> all;
  std::ranges::copy(room.view(), all.begin());
  std::ranges::copy(author.view(), all.begin() + 16);
  std::ranges::copy(id.view(), all.begin() + 48);
  return connection.index("messages.key", all);
}

// The head of the message `seq`, if there is one.
Result<std::optional<MessageRow>> head_of(Connection& connection, std::int64_t seq) {
  Statement select =
      connection.statement("SELECT seq, shown, head, body, room FROM messages WHERE seq = ?1");
  auto found = select.bind(seq).row();
  if (!found) return pass(found);
  if (!*found) return std::nullopt;
  auto head = read_head(connection, select);
  if (!head) return pass(head);
  return *std::move(head);
}

Result<void> update_head(Connection& connection, const MessageRow& row) {
  const auto key = connection.keys().of_room(connection.room_index(row.room));
  if (!key) return std::unexpected(key.error());
  const Bytes head = seal_head(connection, **key, row.seq, row);
  return connection.statement("UPDATE messages SET shown = ?1, head = ?2 WHERE seq = ?3")
      .bind(row.shown ? 1 : 0)
      .bind(head)
      .bind(row.seq)
      .run();
}

// The seq is part of what seals a row, so it is needed before the row is there.  Nobody else
// takes it: writers are alone in their transaction, and need to ask but once in each.
Result<std::int64_t> next_seq(Connection& connection) {
  if (const auto newest = connection.newest_message()) return *newest + 1;
  Statement select =
      connection.statement("SELECT seq + 1 FROM sqlite_sequence WHERE name = 'messages'");
  auto found = select.row();
  if (!found) return pass(found);
  return *found ? select.integer(0) : 1;
}

Result<bool> is_forgotten(Connection& connection, const BlindIndex& key) {
  return connection.statement("SELECT 1 FROM tombstones WHERE key = ?1").bind(key.view()).row();
}

Result<bool> insert(Connection& connection, std::int64_t seq, const BlindIndex& key,
                    const MessageRow& row) {
  const BlindIndex room = connection.room_index(row.room);
  const auto room_key = connection.keys().of_room_or_new(room);
  if (!room_key) return std::unexpected(room_key.error());
  const Bytes head = seal_head(connection, **room_key, seq, row);
  const Bytes body = seal_body(connection, **room_key, seq, row.message);
  auto inserted = connection
                      .statement(
                          "INSERT INTO messages (seq, room, key, shown, head, body)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING")
                      .bind(seq)
                      .bind(room.view())
                      .bind(key.view())
                      .bind(row.shown ? 1 : 0)
                      .bind(head)
                      .bind(body)
                      .run();
  if (!inserted) return pass(inserted);
  if (connection.changed_rows() == 0) return false;
  connection.set_newest_message(seq);
  return true;
}

}  // namespace

Result<Messages::Addition> Messages::add(const MessageRow& row) {
  Connection& connection = database_.connection();
  const BlindIndex key = key_of(connection, row.room, row.author, row.id);
  Addition addition{};
  auto done = connection.atomically([&]() -> Result<void> {
    auto gone = is_forgotten(connection, key);
    if (!gone) return pass(gone);
    if (*gone) {
      addition = {Added::forgotten, 0};
      return {};
    }
    auto seq = next_seq(connection);
    if (!seq) return pass(seq);
    auto inserted = insert(connection, *seq, key, row);
    if (!inserted) return pass(inserted);
    if (*inserted) {
      addition = {Added::added, *seq};
      return {};
    }
    auto present = find(row.room, row.author, row.id);
    if (!present) return pass(present);
    if (!*present) return std::unexpected(connection.damaged(table));
    const bool same = (*present)->content_hash == row.content_hash;
    addition = {same ? Added::duplicate : Added::id_reused, (*present)->seq};
    return {};
  });
  if (!done) return pass(done);
  return addition;
}

Result<std::optional<MessageRow>> Messages::find(std::int64_t seq) {
  Connection& connection = database_.connection();
  Statement select =
      connection.statement("SELECT seq, shown, head, body, room FROM messages WHERE seq = ?1");
  auto found = select.bind(seq).row();
  if (!found) return pass(found);
  if (!*found) return std::nullopt;
  auto row = read_message(connection, select);
  if (!row) return pass(row);
  return *std::move(row);
}

Result<std::optional<MessageRow>> Messages::find(const RoomId& room,
                                                 const crypto::Ed25519PublicKey& author,
                                                 const MessageId& id) {
  Connection& connection = database_.connection();
  const BlindIndex key = key_of(connection, room, author, id);
  Statement select =
      connection.statement("SELECT seq, shown, head, body, room FROM messages WHERE key = ?1");
  auto found = select.bind(key.view()).row();
  if (!found) return pass(found);
  if (!*found) return std::nullopt;
  auto row = read_message(connection, select);
  if (!row) return pass(row);
  if (row->room != room || row->author != author || row->id != id) {
    return std::unexpected(connection.damaged(table));
  }
  return *std::move(row);
}

// Times are sealed, and our clock may have jumped, so `since` looks at every head of the room,
// the newest first; bodies are opened for what is returned only.
Result<std::vector<MessageRow>> Messages::history(const RoomId& room,
                                                  const HistoryQuery& query) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  const std::size_t limit = query.limit.value_or(std::numeric_limits<std::size_t>::max());
  Statement select = connection.statement(
      "SELECT seq, shown, head, body, room FROM messages WHERE room = ?1 ORDER BY seq DESC");
  select.bind(index.view());
  std::vector<MessageRow> rows;
  while (rows.size() < limit) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) break;
    auto row = read_head(connection, select);
    if (!row) return pass(row);
    if (row->room != room) return std::unexpected(connection.damaged(table));
    if (query.since && row->received < *query.since) continue;
    if (auto body = read_body(connection, select, *row); !body) return pass(body);
    rows.push_back(*std::move(row));
  }
  std::ranges::reverse(rows);
  return rows;
}

Result<std::optional<MessageRow>> Messages::head(const RoomId& room,
                                                 const crypto::Ed25519PublicKey& author,
                                                 const MessageId& id) {
  Connection& connection = database_.connection();
  const BlindIndex key = key_of(connection, room, author, id);
  Statement select = connection.statement(
      "SELECT seq, shown, head, zeroblob(0), room FROM messages WHERE key = ?1");
  auto found = select.bind(key.view()).row();
  if (!found) return pass(found);
  if (!*found) return std::nullopt;
  auto row = read_head(connection, select);
  if (!row) return pass(row);
  if (row->room != room || row->author != author || row->id != id) {
    return std::unexpected(connection.damaged(table));
  }
  return *std::move(row);
}

Result<std::vector<MessageRow>> Messages::not_shown(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement select = connection.statement(
      "SELECT seq, shown, head, body, room FROM messages WHERE room = ?1 AND shown = 0 ORDER "
      "BY seq");
  select.bind(index.view());
  std::vector<MessageRow> rows;
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return rows;
    auto row = read_message(connection, select);
    if (!row) return pass(row);
    if (row->room != room) return std::unexpected(connection.damaged(table));
    rows.push_back(*std::move(row));
  }
}

Result<std::optional<MessageRow>> Messages::mark_shown(std::int64_t seq) {
  Connection& connection = database_.connection();
  std::optional<MessageRow> marked;
  auto done = connection.atomically([&]() -> Result<void> {
    auto row = head_of(connection, seq);
    if (!row) return pass(row);
    if (!*row || (*row)->shown) return {};
    (*row)->shown = true;
    marked = std::move(**row);
    return update_head(connection, *marked);
  });
  if (!done) return pass(done);
  return marked;
}

Result<void> Messages::remove(std::int64_t seq) {
  return database_.connection()
      .statement("DELETE FROM messages WHERE seq = ?1")
      .bind(seq)
      .run();
}

Result<bool> Messages::set_stage(std::int64_t seq, Stage stage) {
  Connection& connection = database_.connection();
  bool moved = false;
  auto done = connection.atomically([&]() -> Result<void> {
    auto row = head_of(connection, seq);
    if (!row) return pass(row);
    if (!*row || (*row)->stage >= stage) return {};
    (*row)->stage = stage;
    moved = true;
    return update_head(connection, **row);
  });
  if (!done) return pass(done);
  return moved;
}

Result<void> Messages::requeue(std::int64_t seq) {
  Connection& connection = database_.connection();
  return connection.atomically([&]() -> Result<void> {
    auto row = head_of(connection, seq);
    if (!row) return pass(row);
    if (!*row || (*row)->stage == Stage::queued || (*row)->stage >= Stage::delivered) return {};
    (*row)->stage = Stage::queued;
    return update_head(connection, **row);
  });
}

}  // namespace sotto::store
