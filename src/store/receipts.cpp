#include "store/receipts.h"

#include "store/connection.h"
#include "store/message_reader.h"

namespace sotto::store {

Result<void> Receipts::add(const MessageRow& message) {
  Connection& connection = database_.connection();
  const BlindIndex room = connection.room_index(message.room);
  const BlindIndex author = connection.recipient_index(message.author);
  return connection
      .statement(
          "INSERT INTO receipts (seq, room, author) VALUES (?1, ?2, ?3)"
          " ON CONFLICT DO NOTHING")
      .bind(message.seq)
      .bind(room.view())
      .bind(author.view())
      .run();
}

Result<std::vector<MessageRow>> Receipts::owed(const RoomId& room,
                                               const crypto::Ed25519PublicKey& author,
                                               std::size_t limit) {
  Connection& connection = database_.connection();
  const BlindIndex room_blind = connection.room_index(room);
  const BlindIndex author_blind = connection.recipient_index(author);
  Statement select = connection.statement(
      "SELECT m.seq, m.shown, m.head, zeroblob(0), m.room FROM receipts AS r CROSS JOIN"
      " messages AS m ON m.seq = r.seq WHERE r.room = ?1 AND r.author = ?2 ORDER BY r.seq "
      "LIMIT ?3");
  select.bind(room_blind.view())
      .bind(author_blind.view())
      .bind(static_cast<std::int64_t>(limit));
  std::vector<MessageRow> rows;
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return rows;
    auto row = read_head(connection, select);
    if (!row) return pass(row);
    // The rows of this table are not sealed: what they say must hold for the message itself.
    if (row->room != room || row->author != author || !row->shown) {
      return std::unexpected(connection.damaged("receipts"));
    }
    rows.push_back(*std::move(row));
  }
}

Result<void> Receipts::remove(std::int64_t message_seq) {
  return database_.connection()
      .statement("DELETE FROM receipts WHERE seq = ?1")
      .bind(message_seq)
      .run();
}

}  // namespace sotto::store
