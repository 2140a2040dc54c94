#include "store/tables.h"

#include <array>
#include <cassert>

namespace sotto::store {
namespace {

using enum Column::Kind;

constexpr Column identity_columns[] = {{"n", integer}, {"sealed", sealed}};
constexpr Column contact_columns[] = {
    {"n", integer}, {"id", blob}, {"fingerprint", blob}, {"name", blob}, {"sealed", sealed}};
constexpr Column room_columns[] = {
    {"n", integer}, {"id", blob}, {"name", blob}, {"sealed", sealed}};
constexpr Column room_key_columns[] = {{"room", blob}, {"sealed", sealed}};
constexpr Column member_columns[] = {
    {"n", integer}, {"id", blob}, {"room", blob}, {"tag", blob}, {"sealed", sealed}};
constexpr Column invite_columns[] = {
    {"n", integer}, {"id", blob}, {"room", blob}, {"sealed", sealed}};
constexpr Column pin_columns[] = {{"invite", blob}, {"card", blob}};
constexpr Column message_columns[] = {{"seq", integer},   {"room", blob},   {"key", blob},
                                      {"shown", integer}, {"head", sealed}, {"body", sealed}};
constexpr Column tombstone_columns[] = {{"key", blob}};
constexpr Column outbox_columns[] = {
    {"room", blob}, {"recipient", blob}, {"seq", integer}, {"sealed", sealed}};
constexpr Column receipt_columns[] = {{"seq", integer}, {"room", blob}, {"author", blob}};
constexpr Column record_columns[] = {{"id", blob}, {"sealed", sealed}};
constexpr Column chain_columns[] = {
    {"n", integer}, {"id", blob}, {"room", blob}, {"peer", blob}, {"sealed", sealed}};
constexpr Column mailbox_columns[] = {{"id", blob}, {"room", blob}, {"sealed", sealed}};
constexpr Column deposit_columns[] = {
    {"id", blob}, {"room", blob}, {"recipient", blob}, {"seq", integer}, {"sealed", sealed}};

Bytes seq_key(const Value& seq) {
  Bytes key;
  append_be<std::uint64_t>(key, static_cast<std::uint64_t>(std::get<std::int64_t>(seq)));
  return key;
}

Bytes of_identity(const Row&) {
  return to_bytes("1");
}
template <std::size_t column>
Bytes of_column(const Row& row) {
  return to_bytes(blob_of(row[column]));
}
Bytes of_message(const Row& row) {
  return seq_key(row[0]);
}
Bytes of_outbox(const Row& row) {
  Bytes key = to_bytes(blob_of(row[0]));
  append(key, blob_of(row[1]));
  append(key, seq_key(row[2]));
  return key;
}

constexpr Table tables[] = {
    {"identity", identity_columns, "SELECT n, sealed FROM identity",
     "INSERT INTO identity (n, sealed) VALUES (?1, ?2)", of_identity, std::nullopt,
     "UPDATE identity SET sealed = ?1 WHERE CAST(CAST(n AS TEXT) AS BLOB) = ?2"},
    {"contacts", contact_columns,
     "SELECT n, id, fingerprint, name, sealed FROM contacts ORDER BY n",
     "INSERT INTO contacts (n, id, fingerprint, name, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
     of_column<1>, std::nullopt, "UPDATE contacts SET sealed = ?1 WHERE id = ?2"},
    {"rooms", room_columns, "SELECT n, id, name, sealed FROM rooms ORDER BY n",
     "INSERT INTO rooms (n, id, name, sealed) VALUES (?1, ?2, ?3, ?4)", of_column<1>,
     std::nullopt, "UPDATE rooms SET sealed = ?1 WHERE id = ?2"},
    {"room_keys", room_key_columns, "SELECT room, sealed FROM room_keys ORDER BY room",
     "INSERT INTO room_keys (room, sealed) VALUES (?1, ?2)", of_column<0>, std::nullopt,
     "UPDATE room_keys SET sealed = ?1 WHERE room = ?2", false},
    {"members", member_columns, "SELECT n, id, room, tag, sealed FROM members ORDER BY n",
     "INSERT INTO members (n, id, room, tag, sealed) VALUES (?1, ?2, ?3, ?4, ?5)", of_column<1>,
     std::nullopt, "UPDATE members SET sealed = ?1 WHERE id = ?2"},
    {"invites", invite_columns, "SELECT n, id, room, sealed FROM invites ORDER BY n",
     "INSERT INTO invites (n, id, room, sealed) VALUES (?1, ?2, ?3, ?4)", of_column<1>,
     std::nullopt, "UPDATE invites SET sealed = ?1 WHERE id = ?2"},
    {"pins", pin_columns, "SELECT invite, card FROM pins ORDER BY invite, card",
     "INSERT INTO pins (invite, card) VALUES (?1, ?2)", of_column<0>, std::nullopt},
    {"messages", message_columns,
     "SELECT seq, room, key, shown, head, body FROM messages ORDER BY seq",
     "INSERT INTO messages (seq, room, key, shown, head, body)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
     of_message, 1},
    {"tombstones", tombstone_columns, "SELECT key FROM tombstones ORDER BY key",
     "INSERT INTO tombstones (key) VALUES (?1)", of_column<0>, std::nullopt},
    {"outbox", outbox_columns,
     "SELECT room, recipient, seq, sealed FROM outbox ORDER BY room, recipient, seq",
     "INSERT INTO outbox (room, recipient, seq, sealed) VALUES (?1, ?2, ?3, ?4)", of_outbox, 0},
    {"records", record_columns, "SELECT id, sealed FROM records ORDER BY id",
     "INSERT INTO records (id, sealed) VALUES (?1, ?2)", of_column<0>, std::nullopt,
     "UPDATE records SET sealed = ?1 WHERE id = ?2"},
    {"receipts", receipt_columns, "SELECT seq, room, author FROM receipts ORDER BY seq",
     "INSERT INTO receipts (seq, room, author) VALUES (?1, ?2, ?3)", of_message, std::nullopt},
    // A copy of these would use keys twice, or empty the mailbox of the other.
    {"chains", chain_columns, "SELECT n, id, room, peer, sealed FROM chains ORDER BY n",
     "INSERT INTO chains (n, id, room, peer, sealed) VALUES (?1, ?2, ?3, ?4, ?5)", of_column<1>,
     std::nullopt, "UPDATE chains SET sealed = ?1 WHERE id = ?2", false},
    {"mailboxes", mailbox_columns, "SELECT id, room, sealed FROM mailboxes ORDER BY id",
     "INSERT INTO mailboxes (id, room, sealed) VALUES (?1, ?2, ?3)", of_column<0>, std::nullopt,
     "UPDATE mailboxes SET sealed = ?1 WHERE id = ?2", false},
    {"deposits", deposit_columns,
     "SELECT id, room, recipient, seq, sealed FROM deposits ORDER BY id",
     "INSERT INTO deposits (id, room, recipient, seq, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
     of_column<0>, std::nullopt, "UPDATE deposits SET sealed = ?1 WHERE id = ?2", false},
};

WipedBytes copy_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

// A row as it stands, sealed columns sealed.
Row read_row(const Statement& select, const Table& table) {
  Row row;
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    if (table.columns[static_cast<std::size_t>(i)].kind == integer) {
      row.emplace_back(select.integer(i));
    } else {
      row.emplace_back(copy_of(select.blob(i)));
    }
  }
  return row;
}

// What else the database would not accept, a restored row could still bring.
constexpr std::size_t longest_key = 100;

Result<void> open_row(Connection& connection, const Table& table, Row& row) {
  const Bytes key = table.row_key(row);
  if (key.size() > longest_key) return std::unexpected(connection.damaged(table.name));
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != sealed) continue;
    const Place place{table.name, key, table.columns[i].name};
    auto plaintext =
        table.room ? connection.open_in_room(blob_of(row[*table.room]), place, blob_of(row[i]))
                   : connection.open_sealed(place, blob_of(row[i]));
    if (!plaintext) return pass(plaintext);
    row[i] = *std::move(plaintext);
  }
  return {};
}

}  // namespace

ByteView blob_of(const Value& value) {
  return std::get<WipedBytes>(value);
}

std::span<const Table> all_tables() {
  return tables;
}

Result<void> for_each_row(Connection& connection, const Table& table,
                          const std::function<Result<void>(Row& row)>& visit) {
  Statement select = connection.statement(table.select);
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return {};
    Row row = read_row(select, table);
    if (auto opened = open_row(connection, table, row); !opened) return opened;
    if (auto visited = visit(row); !visited) return visited;
  }
}

Result<void> insert_row(Connection& connection, const Table& table, const Row& row) {
  assert(row.size() == table.columns.size());
  const Bytes key = table.row_key(row);
  if (key.size() > longest_key) return std::unexpected(connection.damaged(table.name));
  const crypto::SymmetricKey* room_key = nullptr;
  if (table.room) {
    const auto room = BlindIndex::from(blob_of(row[*table.room]));
    if (!room) return std::unexpected(connection.damaged(table.name));
    auto of_room = connection.keys().of_room_or_new(*room);
    if (!of_room) return pass(of_room);
    room_key = *of_room;
  }
  std::vector<Bytes> values(row.size());
  Statement insert = connection.statement(table.insert);
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (table.columns[i].kind == integer) {
      insert.bind(std::get<std::int64_t>(row[i]));
      continue;
    }
    const Place place{table.name, key, table.columns[i].name};
    if (table.columns[i].kind == blob) {
      values[i] = to_bytes(blob_of(row[i]));
    } else if (room_key != nullptr) {
      values[i] = connection.seal_in_room(*room_key, place, blob_of(row[i]));
    } else {
      values[i] = connection.seal(place, blob_of(row[i]));
    }
    insert.bind(ByteView(values[i]));
  }
  return insert.run();
}

}  // namespace sotto::store
