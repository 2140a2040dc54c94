#include "room/invitation.h"

#include "base/text.h"
#include "room/errors.h"
#include "room/naming.h"
#include "room/people.h"
#include "store/invites.h"

namespace sotto::room {
namespace {

std::unexpected<Error> room_has_other_host(const std::string& name) {
  return fail(Errc::key_changed,
              "This connection file names another host for the room " + displayable(name) +
                  " than the one you know. Nothing was changed. Compare fingerprints with the "
                  "host over another channel: if the host really is new, `sotto rooms remove` "
                  "the room, then try again; else somebody is pretending.");
}

// Of a room that is promised to Tor no other address is kept, and the onion address of before
// where the file has none.
Secret reach_to_keep(const wire::Reach& offered, const store::RoomRow& room, bool known) {
  if (!room.tor_only) return wire::encode(offered);
  if (!offered.onion && known) return room.reach.copy();
  wire::Reach kept;
  if (offered.onion) {
    kept.onion = wire::OnionAddress{offered.onion->address, offered.onion->port, std::nullopt};
    if (offered.onion->client_auth_key) {
      kept.onion->client_auth_key = offered.onion->client_auth_key->copy();
    }
  }
  kept.relays = offered.relays;
  kept.tor_only = true;
  return wire::encode(kept);
}

// The key by which the room's onion service is read.
Result<std::optional<crypto::X25519SecretKey>> onion_client_of(const Secret& reach) {
  auto decoded = wire::decode_reach(reach.view());
  if (!decoded) return pass(decoded);
  if (!decoded->onion) return std::optional<crypto::X25519SecretKey>();
  return std::move(decoded->onion->client_auth_key);
}

Result<void> set_onion_client(Secret& reach, crypto::X25519SecretKey key) {
  auto decoded = wire::decode_reach(reach.view());
  if (!decoded) return pass(decoded);
  if (decoded->onion) decoded->onion->client_auth_key = std::move(key);
  reach = wire::encode(*decoded);
  return {};
}

// Of a room that we may enter already: the key of our access stays at hand.
Result<void> renew_reach(store::RoomRow& room, const wire::Reach& offered, bool new_invite) {
  auto key = onion_client_of(room.reach);
  if (!key) return pass(key);
  room.reach = reach_to_keep(offered, room, true);
  if (new_invite) {
    if (!room.access_onion_client) room.access_onion_client = std::move(*key);
    return {};
  }
  // A file that brings nothing new may have been taken back.
  return *key ? set_onion_client(room.reach, std::move(**key)) : Result<void>();
}

}  // namespace

Result<wire::ConnectionFile> draft_invite(const store::RoomRow& room, const crypto::Card& host,
                                          InviteTerms terms, Entropy& entropy) {
  auto reach = wire::decode_reach(room.reach.view());
  if (!reach) return pass(reach);
  if (reach->onion) reach->onion->client_auth_key = std::move(terms.onion_client);
  return wire::ConnectionFile{.host = host,
                              .room_id = room.id,
                              .room_name = room.name,
                              .invite_id = InviteId::random(entropy),
                              .psk = crypto::SymmetricKey(entropy),
                              .record_secret = crypto::SymmetricKey(entropy),
                              .uses = terms.uses,
                              .expires = terms.expires,
                              .allow = std::move(terms.permissions),
                              .reach = std::move(*reach)};
}

Result<void> keep_invite(store::Database& database, const wire::ConnectionFile& file,
                         WallTime now) {
  store::InviteRow invite{file.invite_id,
                          file.room_id,
                          0,
                          file.psk.copy(),
                          file.record_secret.copy(),
                          file.uses,
                          0,
                          file.expires,
                          false,
                          wire::encode(file.allow),
                          now};
  if (file.reach.onion && file.reach.onion->client_auth_key) {
    invite.onion_client =
        crypto::X25519KeyPair::from(file.reach.onion->client_auth_key->copy()).public_key;
  }
  return store::Invites(database).add(invite);
}

Result<JoinedRoom> keep_connection(store::Database& database, const wire::ConnectionFile& file,
                                   const std::optional<std::string>& introduced_as,
                                   WallTime now) {
  if (file.expires && now >= *file.expires) {
    return std::unexpected(refusal(wire::RefusedReason::invite_expired));
  }
  store::Rooms rooms(database);
  auto known = rooms.by_id(file.room_id);
  if (!known) return pass(known);
  if (*known && (*known)->host != file.host.identity_pk)
    return room_has_other_host((*known)->name);
  const auto contact = meet(database, file.host, now);
  if (!contact) return std::unexpected(contact.error());

  store::RoomRow room;
  if (*known) {
    room = std::move(**known);
    if (introduced_as) room.name = *introduced_as;
  } else {
    auto name = introduced_as ? Result<std::string>(*introduced_as)
                              : free_name(database, file.room_name);
    if (!name) return pass(name);
    room.id = file.room_id;
    room.name = std::move(*name);
    room.host = file.host.identity_pk;
    room.added = now;
  }
  room.tor_only = room.tor_only || file.reach.tor_only || contact->tor_only;
  const bool comes_after_access = room.access && room.came_by != file.invite_id;
  if (room.access) {
    if (auto kept = renew_reach(room, file.reach, comes_after_access); !kept) return pass(kept);
  } else {
    room.reach = reach_to_keep(file.reach, room, known->has_value());
  }
  // One that came after our access may say more than it: the way back in for who was removed.
  if (!room.access || comes_after_access) {
    room.invite = store::Credential{file.invite_id, file.psk.copy()};
  }
  if (!room.access) room.record_secret = file.record_secret.copy();
  if (auto put = rooms.put(room); !put) return pass(put);
  return JoinedRoom{std::move(room), file.host, contact->name, contact->verified};
}

Result<JoinedRoom> joined_room(store::Database& database, store::RoomRow room) {
  const auto contact = store::Contacts(database).by_identity(room.host);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) {
    return fail(Errc::unknown,
                "The host of this room is no longer among your contacts. Import "
                "a new connection file.");
  }
  auto card = wire::decode_card((*contact)->card);
  if (!card) return pass(card);
  return JoinedRoom{std::move(room), std::move(*card), (*contact)->name, (*contact)->verified};
}

Result<void> keep_access(store::Database& database, const RoomId& id,
                         const wire::Access& access) {
  store::Rooms rooms(database);
  auto room = rooms.by_id(id);
  if (!room) return pass(room);
  if (!*room) return fail(Errc::unknown, "The room was removed in the meantime.");
  if ((*room)->invite) (*room)->came_by = (*room)->invite->ref;
  (*room)->access = store::Credential{access.tag, access.psk.copy()};
  (*room)->record_secret = access.record_secret.copy();
  (*room)->invite.reset();
  (*room)->access_onion_client.reset();
  return rooms.put(**room);
}

Result<void> drop_invite(store::Database& database, const RoomId& id) {
  store::Rooms rooms(database);
  auto room = rooms.by_id(id);
  if (!room) return pass(room);
  if (!*room || !(*room)->access || !(*room)->invite) return {};
  (*room)->came_by = (*room)->invite->ref;
  if (auto back = return_to_access(**room); !back) return back;
  return rooms.put(**room);
}

Result<void> return_to_access(store::RoomRow& room) {
  room.invite.reset();
  auto key = std::exchange(room.access_onion_client, std::nullopt);
  return key ? set_onion_client(room.reach, std::move(*key)) : Result<void>();
}

}  // namespace sotto::room
