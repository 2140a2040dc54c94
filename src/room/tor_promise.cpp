#include "room/tor_promise.h"

#include "store/contacts.h"

namespace sotto::room {
namespace {

Result<void> set(store::Database& database, store::RoomRow& room, bool tor_only) {
  if (room.tor_only != tor_only) {
    room.tor_only = tor_only;
    if (auto put = store::Rooms(database).put(room); !put) return put;
  }
  if (room.hosted) return {};
  store::Contacts contacts(database);
  auto host = contacts.by_identity(room.host);
  if (!host) return pass(host);
  if (!*host || (*host)->tor_only == tor_only) return {};
  (*host)->tor_only = tor_only;
  return contacts.put(**host);
}

}  // namespace

Result<void> promise_tor(store::Database& database, store::RoomRow& room) {
  return set(database, room, true);
}

Result<void> lift_tor_promise(store::Database& database, store::RoomRow& room) {
  return set(database, room, false);
}

Result<bool> is_promised(store::Database& database, const crypto::Ed25519PublicKey& host) {
  const auto contact = store::Contacts(database).by_identity(host);
  if (!contact) return std::unexpected(contact.error());
  return *contact && (*contact)->tor_only;
}

}  // namespace sotto::room
