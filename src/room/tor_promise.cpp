#include "room/tor_promise.h"

#include "store/contacts.h"
#include "wire/connection_file.h"

namespace sotto::room {
namespace {

Result<void> set_for_host(store::Database& database, const crypto::Ed25519PublicKey& identity,
                          bool tor_only) {
  store::Contacts contacts(database);
  auto host = contacts.by_identity(identity);
  if (!host) return pass(host);
  if (!*host || (*host)->tor_only == tor_only) return {};
  (*host)->tor_only = tor_only;
  return contacts.put(**host);
}

}  // namespace

Result<void> promise_tor(store::Database& database, store::RoomRow& room) {
  auto reach = wire::decode_reach(room.reach.view());
  if (!reach) return pass(reach);
  if (!room.tor_only || !reach->direct.empty()) {
    room.tor_only = true;
    reach->direct.clear();
    room.reach = wire::encode(*reach);
    if (auto put = store::Rooms(database).put(room); !put) return put;
  }
  return room.hosted ? Result<void>() : set_for_host(database, room.host, true);
}

Result<void> lift_tor_promise(store::Database& database, store::RoomRow& room) {
  if (room.tor_only) {
    room.tor_only = false;
    if (auto put = store::Rooms(database).put(room); !put) return put;
  }
  return room.hosted ? Result<void>() : set_for_host(database, room.host, false);
}

Result<void> lift_tor_promise(store::Database& database, const RoomId& room,
                              const crypto::Ed25519PublicKey& host) {
  auto row = store::Rooms(database).by_id(room);
  if (!row) return pass(row);
  return *row ? lift_tor_promise(database, **row) : set_for_host(database, host, false);
}

}  // namespace sotto::room
