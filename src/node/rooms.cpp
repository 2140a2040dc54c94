#include "node/rooms.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "net/tcp.h"
#include "node/errors.h"
#include "node/system.h"
#include "room/errors.h"
#include "room/membership.h"
#include "store/invites.h"
#include "store/members.h"
#include "store/messages.h"
#include "store/outbox.h"

namespace sotto::node {
namespace {

Result<void> add_host(Profile& profile, const store::RoomRow& room, RoomInfo& info) {
  if (room.hosted) {
    info.host = profile.name();
    info.host_fingerprint = crypto::to_string(crypto::fingerprint(profile.card()));
    info.verified = true;
    return {};
  }
  const auto host = store::Contacts(profile.database()).by_identity(room.host);
  if (!host) return std::unexpected(host.error());
  if (!*host) return {};
  info.host = (*host)->name;
  info.host_fingerprint = crypto::to_string((*host)->fingerprint);
  info.verified = (*host)->verified;
  return {};
}

Result<RoomInfo> describe(Profile& profile, const store::RoomRow& room) {
  store::Database& database = profile.database();
  RoomInfo info;
  info.name = room.name;
  info.id = to_hex(room.id.view());
  info.hosted = room.hosted;
  info.tor_only = room.tor_only;
  if (auto added = add_host(profile, room, info); !added) return pass(added);
  if (room.hosted) {
    const auto members = store::Members(database).of(room.id);
    if (!members) return std::unexpected(members.error());
    info.members = std::ranges::count(*members, false, &store::MemberRow::removed);
  }
  const auto waiting = store::Outbox(database).waiting_in(room.id);
  if (!waiting) return std::unexpected(waiting.error());
  info.waiting = *waiting;
  const auto unread = store::Messages(database).not_shown(room.id);
  if (!unread) return std::unexpected(unread.error());
  info.unread = unread->size();
  return info;
}

Result<std::vector<MemberInfo>> people_of(store::Database& database, const RoomId& room) {
  const auto members = store::Members(database).of(room);
  if (!members) return std::unexpected(members.error());
  store::Contacts contacts(database);
  std::vector<MemberInfo> people;
  for (const auto& member : *members) {
    if (member.removed) continue;
    const auto contact = contacts.by_identity(member.identity_pk);
    if (!contact) return std::unexpected(contact.error());
    if (!*contact) continue;
    people.push_back({(*contact)->name, crypto::to_string((*contact)->fingerprint),
                      (*contact)->verified, (*contact)->blocked, false, member.joined,
                      member.last_seen});
  }
  return people;
}

Result<std::uint64_t> open_invites(store::Database& database, const RoomId& room) {
  const auto invites = store::Invites(database).of(room);
  if (!invites) return std::unexpected(invites.error());
  const WallTime now = wall_now();
  return static_cast<std::uint64_t>(
      std::ranges::count_if(*invites, [now](const store::InviteRow& invite) {
        return !invite.revoked && invite.spent < invite.uses &&
               (!invite.expires || now < *invite.expires);
      }));
}

}  // namespace

Result<store::RoomRow> find_room(store::Database& database, const std::string& name) {
  auto room = store::Rooms(database).by_name(name);
  if (!room) return pass(room);
  if (*room) return std::move(**room);
  return fail(room::Errc::unknown,
              "There is no room called " + displayable(name) + ". `sotto rooms` lists all.");
}

std::vector<std::string> addresses_of(const wire::Reach& reach) {
  std::vector<std::string> out;
  for (const auto& direct : reach.direct) {
    out.push_back(net::to_string({direct.host, direct.port}));
  }
  if (reach.onion) {
    out.push_back(reach.onion->address + ":" + std::to_string(reach.onion->port));
  }
  for (const auto& relay : reach.relays) out.push_back(relay.url);
  return out;
}

Result<RoomsReply> list_rooms(Profile& profile, const NoRequest&) {
  const auto rooms = store::Rooms(profile.database()).all();
  if (!rooms) return std::unexpected(rooms.error());
  RoomsReply reply;
  for (const auto& room : *rooms) {
    auto info = describe(profile, room);
    if (!info) return pass(info);
    reply.rooms.push_back(std::move(*info));
  }
  return reply;
}

Result<RoomDetails> show_room(Profile& profile, const RoomRequest& request) {
  store::Database& database = profile.database();
  const auto room = find_room(database, request.room);
  if (!room) return std::unexpected(room.error());
  auto info = describe(profile, *room);
  if (!info) return pass(info);
  RoomDetails details;
  details.room = std::move(*info);
  details.added = room->added;
  const auto reach = wire::decode_reach(room->reach.view());
  if (!reach) return std::unexpected(reach.error());
  details.addresses = addresses_of(*reach);
  if (!room->hosted) return details;
  auto people = people_of(database, room->id);
  if (!people) return pass(people);
  details.people = std::move(*people);
  const auto invites = open_invites(database, room->id);
  if (!invites) return std::unexpected(invites.error());
  details.invites = *invites;
  return details;
}

Result<CloseReply> close_room(Profile& profile, const RoomRequest& request) {
  const auto room = find_room(profile.database(), request.room);
  if (!room) return std::unexpected(room.error());
  return CloseReply{room->name, false};
}

Result<RoomInfo> remove_room(Profile& profile, const RoomRequest& request) {
  const auto room = find_room(profile.database(), request.room);
  if (!room) return std::unexpected(room.error());
  auto info = describe(profile, *room);
  if (!info) return pass(info);
  auto removed = store::Rooms(profile.database()).remove(room->id);
  if (!removed) return pass(removed);
  return info;
}

Result<KickReply> kick(Profile& profile, const KickRequest& request) {
  store::Database& database = profile.database();
  const auto room = find_room(database, request.room);
  if (!room) return std::unexpected(room.error());
  if (!room->hosted) {
    return fail(room::Errc::unknown, "You do not host the room " + displayable(room->name) +
                                         ": only its host can remove members.");
  }
  const auto contact = find_contact(database, request.who);
  if (!contact) return std::unexpected(contact.error());
  const auto done = database.transaction([&]() -> Result<void> {
    const auto removed = room::remove_member(database, room->id, contact->identity_pk);
    if (!removed) return std::unexpected(removed.error());
    if (*removed) return {};
    return fail(Errc::contact_unknown, displayable(contact->name) +
                                           " is no member of the room " +
                                           displayable(room->name) + ".");
  });
  if (!done) return std::unexpected(done.error());
  auto who = show_contact(profile, {request.who});
  if (!who) return pass(who);
  return KickReply{room->name, std::move(*who)};
}

}  // namespace sotto::node
