#include "store/members.h"

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "members";

// room (16) | identity_pk (32) | invite (16) | tag (16) | psk (32) | record secret (32) |
// access_used (1) | removed (1) | removed_after (4) | joined (8) |
// last seen: present (1) [| (8)]
MemberRow decode(Unpacker& fields) {
  MemberRow row;
  row.room = fields.fixed<RoomId>();
  row.identity_pk = fields.fixed<crypto::Ed25519PublicKey>();
  row.invite = fields.fixed<InviteId>();
  row.tag = fields.fixed<LinkRef>();
  row.psk = fields.fixed<crypto::SymmetricKey>();
  row.record_secret = fields.fixed<crypto::SymmetricKey>();
  row.access_used = fields.flag();
  row.blocked = fields.flag();
  row.removed = fields.flag();
  row.removed_after = fields.integer<std::uint32_t>();
  row.joined = fields.time();
  if (fields.flag()) row.last_seen = fields.time();
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const MemberRow& row) {
  Packer fields;
  fields.fixed(row.room.view())
      .fixed(row.identity_pk.view())
      .fixed(row.invite.view())
      .fixed(row.tag.view())
      .fixed(row.psk.view())
      .fixed(row.record_secret.view())
      .flag(row.access_used)
      .flag(row.blocked)
      .flag(row.removed)
      .integer(row.removed_after)
      .time(row.joined)
      .flag(row.last_seen.has_value());
  if (row.last_seen) fields.time(*row.last_seen);
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const RoomId& room,
                 const crypto::Ed25519PublicKey& identity_pk) {
  Bytes both = to_bytes(room.view());
  append(both, identity_pk.view());
  return connection.index("members.id", both);
}
BlindIndex tag_index(Connection& connection, const LinkRef& tag) {
  return connection.index("members.tag", tag.view());
}

}  // namespace

Result<void> Members::put(const MemberRow& row) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, row.room, row.identity_pk);
  const BlindIndex room = connection.room_index(row.room);
  const BlindIndex tag = tag_index(connection, row.tag);
  const Bytes sealed = seal(connection, id, row);
  return connection
      .statement(
          "INSERT INTO members (id, room, tag, sealed) VALUES (?1, ?2, ?3, ?4)"
          " ON CONFLICT (id) DO UPDATE SET tag = excluded.tag, sealed = excluded.sealed")
      .bind(id.view())
      .bind(room.view())
      .bind(tag.view())
      .bind(sealed)
      .run();
}

Result<std::optional<MemberRow>> Members::by_tag(const LinkRef& tag) {
  Connection& connection = database_.connection();
  const BlindIndex index = tag_index(connection, tag);
  Statement select = connection.statement("SELECT id, sealed FROM members WHERE tag = ?1");
  select.bind(index.view());
  return RowReader<MemberRow>(connection, table, decode).one(select, [&](const MemberRow& row) {
    return row.tag == tag;
  });
}

Result<std::optional<MemberRow>> Members::find(const RoomId& room,
                                               const crypto::Ed25519PublicKey& identity_pk) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, room, identity_pk);
  Statement select = connection.statement("SELECT id, sealed FROM members WHERE id = ?1");
  select.bind(id.view());
  return RowReader<MemberRow>(connection, table, decode).one(select, [&](const MemberRow& row) {
    return row.room == room && row.identity_pk == identity_pk;
  });
}

Result<std::vector<MemberRow>> Members::of(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement select =
      connection.statement("SELECT id, sealed FROM members WHERE room = ?1 ORDER BY n");
  select.bind(index.view());
  return RowReader<MemberRow>(connection, table, decode).all(select, [&](const MemberRow& row) {
    return row.room == room;
  });
}

Result<void> Members::remove(const RoomId& room, const crypto::Ed25519PublicKey& identity_pk) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, room, identity_pk);
  return connection.statement("DELETE FROM members WHERE id = ?1").bind(id.view()).run();
}

}  // namespace sotto::store
