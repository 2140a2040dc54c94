#include "store/deposits.h"

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "deposits";

// seq (8) | room (16) | recipient (32) | made (8) | mailbox (32) | relays: count (4) | each var
// | parts: count (4) | each var
DepositRow decode(Unpacker& fields) {
  DepositRow row;
  row.message_seq = static_cast<std::int64_t>(fields.integer<std::uint64_t>());
  row.room = fields.fixed<RoomId>();
  row.recipient = fields.fixed<crypto::Ed25519PublicKey>();
  row.made = fields.time();
  row.mailbox = fields.fixed<crypto::Ed25519PublicKey>();
  for (auto left = fields.integer<std::uint32_t>(); left > 0 && !fields.is_short(); --left) {
    row.relays.push_back(fields.text());
  }
  for (auto left = fields.integer<std::uint32_t>(); left > 0 && !fields.is_short(); --left) {
    row.parts.push_back(fields.variable());
  }
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const DepositRow& row) {
  std::size_t expected = 256;
  for (const Bytes& part : row.parts) expected += part.size() + 4;
  Packer fields(expected);
  fields.integer(static_cast<std::uint64_t>(row.message_seq))
      .fixed(row.room.view())
      .fixed(row.recipient.view())
      .time(row.made)
      .fixed(row.mailbox.view())
      .integer(static_cast<std::uint32_t>(row.relays.size()));
  for (const std::string& url : row.relays) fields.text(url);
  fields.integer(static_cast<std::uint32_t>(row.parts.size()));
  for (const Bytes& part : row.parts) fields.variable(part);
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, std::int64_t seq, const RoomId& room,
                 const crypto::Ed25519PublicKey& recipient) {
  Bytes all = to_bytes(room.view());
  append(all, recipient.view());
  append_be<std::uint64_t>(all, static_cast<std::uint64_t>(seq));
  return connection.index("deposits.id", all);
}

}  // namespace

Result<bool> Deposits::put(const DepositRow& row) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, row.message_seq, row.room, row.recipient);
  const BlindIndex room = connection.room_index(row.room);
  const BlindIndex recipient = connection.recipient_index(row.recipient);
  const Bytes sealed = seal(connection, id, row);
  auto put = connection
                 .statement(
                     "INSERT INTO deposits (id, room, recipient, seq, sealed)"
                     " SELECT ?1, room, recipient, seq, ?5 FROM outbox"
                     " WHERE room = ?2 AND recipient = ?3 AND seq = ?4"
                     " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed")
                 .bind(id.view())
                 .bind(room.view())
                 .bind(recipient.view())
                 .bind(row.message_seq)
                 .bind(sealed)
                 .run();
  if (!put) return pass(put);
  return connection.changed_rows() > 0;
}

Result<std::optional<DepositRow>> Deposits::find(std::int64_t message_seq, const RoomId& room,
                                                 const crypto::Ed25519PublicKey& recipient) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, message_seq, room, recipient);
  Statement select = connection.statement("SELECT id, sealed FROM deposits WHERE id = ?1");
  select.bind(id.view());
  return RowReader<DepositRow>(connection, table, decode)
      .one(select, [&](const DepositRow& row) {
        return row.message_seq == message_seq && row.room == room && row.recipient == recipient;
      });
}

Result<void> Deposits::remove(std::int64_t message_seq, const RoomId& room,
                              const crypto::Ed25519PublicKey& recipient) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, message_seq, room, recipient);
  return connection.statement("DELETE FROM deposits WHERE id = ?1").bind(id.view()).run();
}

}  // namespace sotto::store
