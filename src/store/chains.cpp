#include "store/chains.h"

#include <algorithm>

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "chains";

// id (16) | room (16) | peer (32) | sending (1) | kept (1) | header key (32) | key (32) |
// next (4) | made (8) | replaced: present (1) [| (8)] | skipped: count (4) | each: index (4),
// key (32)
ChainRow decode(Unpacker& fields) {
  ChainRow row;
  row.id = fields.fixed<ChainId>();
  row.room = fields.fixed<RoomId>();
  row.peer = fields.fixed<crypto::Ed25519PublicKey>();
  row.sending = fields.flag();
  row.kept = fields.flag();
  row.header_key = fields.fixed<crypto::SymmetricKey>();
  row.key = fields.fixed<crypto::SymmetricKey>();
  row.next = fields.integer<std::uint32_t>();
  row.made = fields.time();
  if (fields.flag()) row.replaced = fields.time();
  for (auto left = fields.integer<std::uint32_t>(); left > 0 && !fields.is_short(); --left) {
    const auto index = fields.integer<std::uint32_t>();
    row.skipped.push_back({index, fields.fixed<crypto::SymmetricKey>()});
  }
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const ChainRow& row) {
  Packer fields(192 + 36 * row.skipped.size());
  fields.fixed(row.id.view())
      .fixed(row.room.view())
      .fixed(row.peer.view())
      .flag(row.sending)
      .flag(row.kept)
      .fixed(row.header_key.view())
      .fixed(row.key.view())
      .integer(row.next)
      .time(row.made)
      .flag(row.replaced.has_value());
  if (row.replaced) fields.time(*row.replaced);
  fields.integer(static_cast<std::uint32_t>(row.skipped.size()));
  for (const SkippedKey& skipped : row.skipped) {
    fields.integer(skipped.index).fixed(skipped.key.view());
  }
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const ChainId& id) {
  return connection.index("chains.id", id.view());
}

BlindIndex peer_index(Connection& connection, const RoomId& room,
                      const crypto::Ed25519PublicKey& peer) {
  Bytes both = to_bytes(room.view());
  append(both, peer.view());
  return connection.index("chains.peer", both);
}

}  // namespace

Result<void> Chains::put(const ChainRow& row) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, row.id);
  const BlindIndex room = connection.room_index(row.room);
  const BlindIndex peer = peer_index(connection, row.room, row.peer);
  const Bytes sealed = seal(connection, id, row);
  return connection
      .statement(
          "INSERT INTO chains (id, room, peer, sealed) VALUES (?1, ?2, ?3, ?4)"
          " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed")
      .bind(id.view())
      .bind(room.view())
      .bind(peer.view())
      .bind(sealed)
      .run();
}

Result<std::optional<ChainRow>> Chains::find(const ChainId& id) {
  Connection& connection = database_.connection();
  const BlindIndex index = id_of(connection, id);
  Statement select = connection.statement("SELECT id, sealed FROM chains WHERE id = ?1");
  select.bind(index.view());
  return RowReader<ChainRow>(connection, table, decode).one(select, [&](const ChainRow& row) {
    return row.id == id;
  });
}

Result<std::vector<ChainRow>> Chains::of(const RoomId& room,
                                         const crypto::Ed25519PublicKey& peer) {
  Connection& connection = database_.connection();
  const BlindIndex index = peer_index(connection, room, peer);
  Statement select =
      connection.statement("SELECT id, sealed FROM chains WHERE peer = ?1 ORDER BY n");
  select.bind(index.view());
  return RowReader<ChainRow>(connection, table, decode).all(select, [&](const ChainRow& row) {
    return row.room == room && row.peer == peer;
  });
}

Result<void> Chains::remove(const ChainId& id) {
  Connection& connection = database_.connection();
  const BlindIndex index = id_of(connection, id);
  return connection.statement("DELETE FROM chains WHERE id = ?1").bind(index.view()).run();
}

Result<void> Chains::remove_all(const RoomId& room, const crypto::Ed25519PublicKey& peer) {
  Connection& connection = database_.connection();
  const BlindIndex index = peer_index(connection, room, peer);
  return connection.statement("DELETE FROM chains WHERE peer = ?1").bind(index.view()).run();
}

}  // namespace sotto::store
