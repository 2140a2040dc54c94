#include "room/open_entry.h"

#include <algorithm>

#include "room/errors.h"
#include "room/naming.h"
#include "room/people.h"

namespace sotto::room {
namespace {

std::unexpected<Error> other_host(const std::string& what, const std::string& name) {
  return fail(Errc::key_changed,
              "Another host answers for " + what + " than the one you know from your room " +
                  name +
                  ". Nothing was sent. Compare fingerprints with the host over another "
                  "channel; if the host really is new, remove that room first.");
}

bool share_an_address(const wire::Reach& ours, const wire::Reach& tried) {
  if (ours.onion && tried.onion) return ours.onion->address == tried.onion->address;
  return std::ranges::any_of(tried.direct, [&ours](const wire::DirectAddress& address) {
    return std::ranges::find(ours.direct, address) != ours.direct.end();
  });
}

// A room of ours against what answers now.
Result<void> check_room(const store::RoomRow& ours, const OpenHost& host) {
  if (ours.host == host.card.identity_pk) return {};
  if (host.room == ours.id) return other_host("this room", ours.name);
  // Whoever named a room did not mean an address: that one is whoever's it is today.
  if (ours.hosted || host.room) return {};
  const auto reach = wire::decode_reach(ours.reach.view());
  if (!reach) return std::unexpected(reach.error());
  if (share_an_address(*reach, host.reach)) return other_host("this address", ours.name);
  return {};
}

}  // namespace

Result<KnownHost> check_open_host(store::Database& database, const OpenHost& host) {
  KnownHost known;
  auto contact = store::Contacts(database).by_identity(host.card.identity_pk);
  if (!contact) return pass(contact);
  if (*contact && (*contact)->fingerprint != crypto::fingerprint(host.card)) {
    // The same words as wherever else somebody comes with other keys.
    return std::unexpected(meet(database, host.card, WallTime()).error());
  }
  known.contact = std::move(*contact);
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  for (const store::RoomRow& room : *rooms) {
    if (auto checked = check_room(room, host); !checked) return pass(checked);
    if (!room.hosted && room.host == host.card.identity_pk) known.hosts_for_us = true;
  }
  return known;
}

Result<JoinedRoom> keep_open_room(store::Database& database, const OpenHost& host,
                                  const wire::Welcome& welcome, bool verified, WallTime now) {
  const auto known = check_open_host(database, host);
  if (!known) return std::unexpected(known.error());
  store::Rooms rooms(database);
  auto before = rooms.by_id(welcome.room_id);
  if (!before) return pass(before);
  if (*before && (*before)->host != host.card.identity_pk) {
    return other_host("this room", (*before)->name);
  }
  auto contact = meet(database, host.card, now);
  if (!contact) return pass(contact);
  if (verified && !contact->verified) {
    contact->verified = true;
    if (auto put = store::Contacts(database).put(*contact); !put) return pass(put);
  }
  store::RoomRow room;
  if (*before) {
    room = std::move(**before);
  } else {
    auto name = free_name(database, welcome.room_name);
    if (!name) return pass(name);
    room.id = welcome.room_id;
    room.name = std::move(*name);
    room.host = host.card.identity_pk;
    room.added = now;
  }
  room.tor_only = room.tor_only || contact->tor_only || host.reach.tor_only;
  // A promise of Tor is not undone by an address.
  if (!room.tor_only || host.reach.onion) room.reach = wire::encode(host.reach);
  if (welcome.access) {
    room.access = store::Credential{welcome.access->tag, welcome.access->psk.copy()};
    room.record_secret = welcome.access->record_secret.copy();
    room.invite.reset();
  }
  if (auto put = rooms.put(room); !put) return pass(put);
  return JoinedRoom{std::move(room), host.card, contact->name, contact->verified};
}

}  // namespace sotto::room
