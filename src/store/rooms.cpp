#include "store/rooms.h"

#include "base/text.h"
#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "rooms";

void pack(Packer& fields, const std::optional<Credential>& credential) {
  fields.flag(credential.has_value());
  if (credential) fields.fixed(credential->ref.view()).fixed(credential->psk.view());
}

std::optional<Credential> unpack_credential(Unpacker& fields) {
  if (!fields.flag()) return std::nullopt;
  auto ref = fields.fixed<LinkRef>();
  return Credential{ref, fields.fixed<crypto::SymmetricKey>()};
}

// id (16) | name | hosted (1) | host (32) | reach | port (2) | tor_only (1) | added (8) |
// invite, access: present (1) [| ref (16) | psk (32)] | came by: present (1) [| (16)] |
// record secret: present (1) [| (32)] | onion key: present (1) [| (32)] |
// spares: count (4) | each (32) | onion client of the access: present (1) [| (32)] |
// slot seed: present (1) [| (32)]
RoomRow decode(Unpacker& fields) {
  RoomRow row;
  row.id = fields.fixed<RoomId>();
  row.name = fields.text();
  row.hosted = fields.flag();
  row.host = fields.fixed<crypto::Ed25519PublicKey>();
  row.reach = fields.secret();
  row.port = fields.integer<std::uint16_t>();
  row.tor_only = fields.flag();
  row.added = fields.time();
  row.invite = unpack_credential(fields);
  row.access = unpack_credential(fields);
  if (fields.flag()) row.came_by = fields.fixed<LinkRef>();
  if (fields.flag()) row.record_secret = fields.fixed<crypto::SymmetricKey>();
  if (fields.flag()) row.onion_key = fields.fixed<crypto::Ed25519SecretKey>();
  for (auto left = fields.integer<std::uint32_t>(); left > 0 && !fields.is_short(); --left) {
    row.onion_spares.push_back(fields.fixed<crypto::X25519SecretKey>());
  }
  // Rows from before there was one end here, and after the next.
  if (!fields.at_end() && fields.flag())
    row.access_onion_client = fields.fixed<crypto::X25519SecretKey>();
  if (!fields.at_end() && fields.flag()) row.slot_seed = fields.fixed<crypto::SymmetricKey>();
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const RoomRow& row) {
  Packer fields;
  fields.fixed(row.id.view())
      .text(row.name)
      .flag(row.hosted)
      .fixed(row.host.view())
      .variable(row.reach.view())
      .integer(row.port)
      .flag(row.tor_only)
      .time(row.added);
  pack(fields, row.invite);
  pack(fields, row.access);
  fields.flag(row.came_by.has_value());
  if (row.came_by) fields.fixed(row.came_by->view());
  fields.flag(row.record_secret.has_value());
  if (row.record_secret) fields.fixed(row.record_secret->view());
  fields.flag(row.onion_key.has_value());
  if (row.onion_key) fields.fixed(row.onion_key->view());
  fields.integer(static_cast<std::uint32_t>(row.onion_spares.size()));
  for (const auto& spare : row.onion_spares) fields.fixed(spare.view());
  fields.flag(row.access_onion_client.has_value());
  if (row.access_onion_client) fields.fixed(row.access_onion_client->view());
  fields.flag(row.slot_seed.has_value());
  if (row.slot_seed) fields.fixed(row.slot_seed->view());
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex name_index(Connection& connection, const std::string& name) {
  return connection.index("rooms.name", as_bytes(name));
}

}  // namespace

Result<void> Rooms::put(const RoomRow& row) {
  Connection& connection = database_.connection();
  return connection.atomically([&]() -> Result<void> {
    auto named = by_name(row.name);
    if (!named) return pass(named);
    if (*named && (*named)->id != row.id) {
      return fail(Errc::name_taken, "Another room is called " + displayable(row.name) +
                                        " already. Choose another name for this one.");
    }
    const BlindIndex id = connection.room_index(row.id);
    const BlindIndex name = name_index(connection, row.name);
    const Bytes sealed = seal(connection, id, row);
    return connection
        .statement(
            "INSERT INTO rooms (id, name, sealed) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, sealed = excluded.sealed")
        .bind(id.view())
        .bind(name.view())
        .bind(sealed)
        .run();
  });
}

Result<std::optional<RoomRow>> Rooms::by_id(const RoomId& id) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(id);
  Statement select = connection.statement("SELECT id, sealed FROM rooms WHERE id = ?1");
  select.bind(index.view());
  return RowReader<RoomRow>(connection, table, decode).one(select, [&](const RoomRow& row) {
    return row.id == id;
  });
}

Result<std::optional<RoomRow>> Rooms::by_name(const std::string& name) {
  Connection& connection = database_.connection();
  const BlindIndex index = name_index(connection, name);
  Statement select = connection.statement("SELECT id, sealed FROM rooms WHERE name = ?1");
  select.bind(index.view());
  return RowReader<RoomRow>(connection, table, decode).one(select, [&](const RoomRow& row) {
    return row.name == name;
  });
}

Result<std::vector<RoomRow>> Rooms::all() {
  Connection& connection = database_.connection();
  Statement select = connection.statement("SELECT id, sealed FROM rooms ORDER BY n");
  return RowReader<RoomRow>(connection, table, decode).all(select);
}

Result<void> Rooms::remove(const RoomId& id) {
  Connection& connection = database_.connection();
  const BlindIndex index = connection.room_index(id);
  return connection.statement("DELETE FROM rooms WHERE id = ?1").bind(index.view()).run();
}

}  // namespace sotto::store
