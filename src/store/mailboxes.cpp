#include "store/mailboxes.h"

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "mailboxes";

void pack(Packer& fields, const std::vector<std::string>& urls) {
  fields.integer(static_cast<std::uint32_t>(urls.size()));
  for (const std::string& url : urls) fields.text(url);
}

std::vector<std::string> unpack_urls(Unpacker& fields) {
  std::vector<std::string> urls;
  for (auto left = fields.integer<std::uint32_t>(); left > 0 && !fields.is_short(); --left) {
    urls.push_back(fields.text());
  }
  return urls;
}

// room (16) | peer (32) | own (32) | relays: count (4) | each var |
// theirs: present (1) [| id (32) | relays: count (4) | each var]
MailboxRow decode(Unpacker& fields) {
  MailboxRow row;
  row.room = fields.fixed<RoomId>();
  row.peer = fields.fixed<crypto::Ed25519PublicKey>();
  row.own = fields.fixed<crypto::Ed25519SecretKey>();
  row.relays = unpack_urls(fields);
  if (fields.flag()) {
    const auto id = fields.fixed<crypto::Ed25519PublicKey>();
    row.theirs = TheirMailbox{id, unpack_urls(fields)};
  }
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const MailboxRow& row) {
  Packer fields;
  fields.fixed(row.room.view()).fixed(row.peer.view()).fixed(row.own.view());
  pack(fields, row.relays);
  fields.flag(row.theirs.has_value());
  if (row.theirs) {
    fields.fixed(row.theirs->id.view());
    pack(fields, row.theirs->relays);
  }
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const RoomId& room,
                 const crypto::Ed25519PublicKey& peer) {
  Bytes both = to_bytes(room.view());
  append(both, peer.view());
  return connection.index("mailboxes.id", both);
}

}  // namespace

Result<void> Mailboxes::put(const MailboxRow& row) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, row.room, row.peer);
  const BlindIndex room = connection.room_index(row.room);
  const Bytes sealed = seal(connection, id, row);
  return connection
      .statement(
          "INSERT INTO mailboxes (id, room, sealed) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed")
      .bind(id.view())
      .bind(room.view())
      .bind(sealed)
      .run();
}

Result<std::optional<MailboxRow>> Mailboxes::find(const RoomId& room,
                                                  const crypto::Ed25519PublicKey& peer) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, room, peer);
  Statement select = connection.statement("SELECT id, sealed FROM mailboxes WHERE id = ?1");
  select.bind(id.view());
  return RowReader<MailboxRow>(connection, table, decode)
      .one(select, [&](const MailboxRow& row) { return row.room == room && row.peer == peer; });
}

Result<std::vector<MailboxRow>> Mailboxes::of(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement select =
      connection.statement("SELECT id, sealed FROM mailboxes WHERE room = ?1 ORDER BY id");
  select.bind(index.view());
  return RowReader<MailboxRow>(connection, table, decode)
      .all(select, [&](const MailboxRow& row) { return row.room == room; });
}

Result<void> Mailboxes::remove(const RoomId& room, const crypto::Ed25519PublicKey& peer) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, room, peer);
  return connection.statement("DELETE FROM mailboxes WHERE id = ?1").bind(id.view()).run();
}

}  // namespace sotto::store
