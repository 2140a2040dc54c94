#include "store/identities.h"

#include "store/connection.h"
#include "store/pack.h"

namespace sotto::store {
namespace {

// identity, static and seal secret keys (32 each) | name
const Place place{"identity", as_bytes("1"), "sealed"};

// A store whose identity row a damaged page hides must not get a new identity.
Result<void> check_unused(Connection& connection) {
  Statement select = connection.statement(
      "SELECT EXISTS (SELECT 1 FROM contacts) OR EXISTS (SELECT 1 FROM rooms)");
  auto found = select.row();
  if (!found) return pass(found);
  if (select.integer(0) != 0) return std::unexpected(connection.damaged("identity"));
  return {};
}

}  // namespace

Result<std::optional<OwnIdentity>> Identities::load() {
  Connection& connection = database_.connection();
  Statement select = connection.statement("SELECT sealed FROM identity WHERE n = 1");
  auto found = select.row();
  if (!found) return pass(found);
  if (!*found) {
    if (auto unused = check_unused(connection); !unused) return pass(unused);
    return std::nullopt;
  }
  auto plaintext = connection.open_sealed(place, select.blob(0));
  if (!plaintext) return pass(plaintext);
  Unpacker fields(*plaintext);
  auto identity = crypto::Ed25519KeyPair::from(fields.fixed<crypto::Ed25519SecretKey>());
  auto static_key = crypto::X25519KeyPair::from(fields.fixed<crypto::X25519SecretKey>());
  auto seal = crypto::SealKeyPair::from(fields.fixed<crypto::SealSecretKey>());
  std::string name = fields.text();
  if (!fields.complete()) return std::unexpected(connection.damaged(place.table));
  return OwnIdentity{{std::move(identity), std::move(static_key), std::move(seal)},
                     std::move(name)};
}

Result<void> Identities::save(const OwnIdentity& identity) {
  Connection& connection = database_.connection();
  Packer fields;
  fields.fixed(identity.keys.identity.secret.view())
      .fixed(identity.keys.static_key.secret.view())
      .fixed(identity.keys.seal.secret.view())
      .text(identity.name);
  const Bytes sealed = connection.seal(place, fields.view());
  return connection
      .statement(
          "INSERT INTO identity (n, sealed) VALUES (1, ?1)"
          " ON CONFLICT (n) DO UPDATE SET sealed = excluded.sealed")
      .bind(sealed)
      .run();
}

}  // namespace sotto::store
