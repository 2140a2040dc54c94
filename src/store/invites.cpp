#include "store/invites.h"

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "invites";

// id (16) | room (16) | number (4) | psk (32) | record secret (32) | uses (4) |
// spent (4) | expires: present (1) [| (8)] | revoked (1) | permissions | created (8) |
// onion client: present (1) [| (32)]
InviteRow decode(Unpacker& fields) {
  InviteRow row;
  row.id = fields.fixed<InviteId>();
  row.room = fields.fixed<RoomId>();
  row.number = fields.integer<std::uint32_t>();
  row.psk = fields.fixed<crypto::SymmetricKey>();
  row.record_secret = fields.fixed<crypto::SymmetricKey>();
  row.uses = fields.integer<std::uint32_t>();
  row.spent = fields.integer<std::uint32_t>();
  if (fields.flag()) row.expires = fields.time();
  row.revoked = fields.flag();
  row.permissions = fields.variable();
  row.created = fields.time();
  if (fields.flag()) row.onion_client = fields.fixed<crypto::X25519PublicKey>();
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const InviteRow& row,
           std::uint32_t number, std::uint32_t spent) {
  Packer fields;
  fields.fixed(row.id.view())
      .fixed(row.room.view())
      .integer(number)
      .fixed(row.psk.view())
      .fixed(row.record_secret.view())
      .integer(row.uses)
      .integer(spent)
      .flag(row.expires.has_value());
  if (row.expires) fields.time(*row.expires);
  fields.flag(row.revoked)
      .variable(row.permissions)
      .time(row.created)
      .flag(row.onion_client.has_value());
  if (row.onion_client) fields.fixed(row.onion_client->view());
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const InviteId& id) {
  return connection.index("invites.id", id.view());
}

Result<void> update(Connection& connection, const InviteRow& row) {
  const BlindIndex id = id_of(connection, row.id);
  const Bytes sealed = seal(connection, id, row, row.number, row.spent);
  return connection.statement("UPDATE invites SET sealed = ?1 WHERE id = ?2")
      .bind(sealed)
      .bind(id.view())
      .run();
}

}  // namespace

Result<void> Invites::add(const InviteRow& row) {
  Connection& connection = database_.connection();
  return connection.atomically([&]() -> Result<void> {
    const auto newest = newest_number(row.room);
    if (!newest) return std::unexpected(newest.error());
    const BlindIndex id = id_of(connection, row.id);
    const BlindIndex room = connection.room_index(row.room);
    const Bytes sealed = seal(connection, id, row, *newest + 1, 0);
    return connection.statement("INSERT INTO invites (id, room, sealed) VALUES (?1, ?2, ?3)")
        .bind(id.view())
        .bind(room.view())
        .bind(sealed)
        .run();
  });
}

// Rows of a room go with the room only, so that how many there are is the newest's number.
Result<std::uint32_t> Invites::newest_number(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement count = connection.statement("SELECT count(*) FROM invites WHERE room = ?1");
  const auto row = count.bind(index.view()).row();
  if (!row) return std::unexpected(row.error());
  return static_cast<std::uint32_t>(*row ? count.integer(0) : 0);
}

Result<std::optional<InviteRow>> Invites::find(const InviteId& id) {
  Connection& connection = database_.connection();
  const BlindIndex index = id_of(connection, id);
  Statement select = connection.statement("SELECT id, sealed FROM invites WHERE id = ?1");
  select.bind(index.view());
  return RowReader<InviteRow>(connection, table, decode).one(select, [&](const InviteRow& row) {
    return row.id == id;
  });
}

Result<std::vector<InviteRow>> Invites::of(const RoomId& room) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(room);
  Statement select =
      connection.statement("SELECT id, sealed FROM invites WHERE room = ?1 ORDER BY n");
  select.bind(index.view());
  return RowReader<InviteRow>(connection, table, decode).all(select, [&](const InviteRow& row) {
    return row.room == room;
  });
}

Result<void> Invites::revoke(const InviteId& id) {
  Connection& connection = database_.connection();
  return connection.atomically([&]() -> Result<void> {
    auto row = find(id);
    if (!row) return pass(row);
    if (!*row) return {};
    (*row)->revoked = true;
    return update(connection, **row);
  });
}

Result<Invites::Pin> Invites::pin(const InviteId& id, const crypto::Fingerprint& card) {
  Connection& connection = database_.connection();
  Pin outcome = Pin::burnt;
  auto done = connection.atomically([&]() -> Result<void> {
    auto row = find(id);
    if (!row) return pass(row);
    if (!*row || (*row)->revoked) return {};
    InviteRow& invite = **row;

    const BlindIndex invite_index = id_of(connection, id);
    const BlindIndex card_index = connection.index("pins.card", card.view());
    Statement select =
        connection.statement("SELECT 1 FROM pins WHERE invite = ?1 AND card = ?2");
    auto pinned = select.bind(invite_index.view()).bind(card_index.view()).row();
    if (!pinned) return pass(pinned);
    if (*pinned) outcome = Pin::was_pinned;
    if (*pinned || invite.spent >= invite.uses) return {};

    auto inserted = connection.statement("INSERT INTO pins (invite, card) VALUES (?1, ?2)")
                        .bind(invite_index.view())
                        .bind(card_index.view())
                        .run();
    if (!inserted) return inserted;
    ++invite.spent;
    outcome = Pin::pinned;
    return update(connection, invite);
  });
  if (!done) return pass(done);
  return outcome;
}

}  // namespace sotto::store
