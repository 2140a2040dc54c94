#include "store/contacts.h"

#include "base/text.h"
#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "contacts";

// fingerprint (20) | identity_pk (32) | card | name | verified (1) | blocked (1) | added (8) |
// tor_only (1)
ContactRow decode(Unpacker& fields) {
  ContactRow row;
  row.fingerprint = fields.fixed<crypto::Fingerprint>();
  row.identity_pk = fields.fixed<crypto::Ed25519PublicKey>();
  row.card = fields.variable();
  row.name = fields.text();
  row.verified = fields.flag();
  row.blocked = fields.flag();
  row.added = fields.time();
  row.tor_only = fields.flag();
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const ContactRow& row) {
  Packer fields;
  fields.fixed(row.fingerprint.view())
      .fixed(row.identity_pk.view())
      .variable(row.card)
      .text(row.name)
      .flag(row.verified)
      .flag(row.blocked)
      .time(row.added)
      .flag(row.tor_only);
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const crypto::Ed25519PublicKey& identity_pk) {
  return connection.index("contacts.id", identity_pk.view());
}
BlindIndex fingerprint_index(Connection& connection, const crypto::Fingerprint& fingerprint) {
  return connection.index("contacts.fingerprint", fingerprint.view());
}
BlindIndex name_index(Connection& connection, const std::string& name) {
  return connection.index("contacts.name", as_bytes(name));
}

template <class Expected>
Result<std::optional<ContactRow>> find(Connection& connection, Sql sql, const BlindIndex& index,
                                       Expected expected) {
  Statement select = connection.statement(sql);
  select.bind(index.view());
  return RowReader<ContactRow>(connection, table, decode).one(select, expected);
}

}  // namespace

Result<void> Contacts::put(const ContactRow& row) {
  Connection& connection = database_.connection();
  return connection.atomically([&]() -> Result<void> {
    auto named = by_name(row.name);
    if (!named) return pass(named);
    if (*named && (*named)->identity_pk != row.identity_pk) {
      return fail(Errc::name_taken, "Another contact is called " + displayable(row.name) +
                                        " already. Choose another name for this one.");
    }
    const BlindIndex id = id_of(connection, row.identity_pk);
    const BlindIndex fingerprint = fingerprint_index(connection, row.fingerprint);
    const BlindIndex name = name_index(connection, row.name);
    const Bytes sealed = seal(connection, id, row);
    return connection
        .statement(
            "INSERT INTO contacts (id, fingerprint, name, sealed) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint,"
            " name = excluded.name, sealed = excluded.sealed")
        .bind(id.view())
        .bind(fingerprint.view())
        .bind(name.view())
        .bind(sealed)
        .run();
  });
}

Result<std::optional<ContactRow>> Contacts::by_identity(
    const crypto::Ed25519PublicKey& identity_pk) {
  Connection& connection = database_.connection();
  return find(connection, "SELECT id, sealed FROM contacts WHERE id = ?1",
              id_of(connection, identity_pk),
              [&](const ContactRow& row) { return row.identity_pk == identity_pk; });
}

Result<std::optional<ContactRow>> Contacts::by_fingerprint(
    const crypto::Fingerprint& fingerprint) {
  Connection& connection = database_.connection();
  return find(connection, "SELECT id, sealed FROM contacts WHERE fingerprint = ?1",
              fingerprint_index(connection, fingerprint),
              [&](const ContactRow& row) { return row.fingerprint == fingerprint; });
}

Result<std::optional<ContactRow>> Contacts::by_name(const std::string& name) {
  Connection& connection = database_.connection();
  return find(connection, "SELECT id, sealed FROM contacts WHERE name = ?1",
              name_index(connection, name),
              [&](const ContactRow& row) { return row.name == name; });
}

Result<std::vector<ContactRow>> Contacts::all() {
  Connection& connection = database_.connection();
  Statement select = connection.statement("SELECT id, sealed FROM contacts ORDER BY n");
  return RowReader<ContactRow>(connection, table, decode).all(select);
}

Result<void> Contacts::remove(const crypto::Fingerprint& fingerprint) {
  Connection& connection = database_.connection();
  const BlindIndex index = fingerprint_index(connection, fingerprint);
  return connection.statement("DELETE FROM contacts WHERE fingerprint = ?1")
      .bind(index.view())
      .run();
}

}  // namespace sotto::store
