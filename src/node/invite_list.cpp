#include "node/invite_list.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "node/errors.h"
#include "node/json_fields.h"
#include "node/rooms.h"
#include "node/system.h"
#include "store/contacts.h"
#include "store/invites.h"
#include "store/members.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

constexpr std::string_view forward_prefix = "forward:";

std::string status_of(const store::InviteRow& invite, WallTime now) {
  if (invite.revoked) return "revoked";
  if (invite.spent >= invite.uses) return "spent";
  if (invite.expires && now >= *invite.expires) return "expired";
  return "open";
}

Result<std::vector<InviteGuest>> guests_of(store::Database& database,
                                           const std::vector<store::MemberRow>& members,
                                           const InviteId& invite) {
  store::Contacts contacts(database);
  std::vector<InviteGuest> guests;
  for (const auto& member : members) {
    if (member.invite != invite) continue;
    const auto contact = contacts.by_identity(member.identity_pk);
    if (!contact) return std::unexpected(contact.error());
    if (!*contact) continue;
    guests.push_back(
        {(*contact)->name, crypto::to_string((*contact)->fingerprint), (*contact)->verified});
  }
  return guests;
}

Result<void> add_invites(store::Database& database, const store::RoomRow& room,
                         std::vector<InviteInfo>& out) {
  const auto invites = store::Invites(database).of(room.id);
  if (!invites) return std::unexpected(invites.error());
  const auto members = store::Members(database).of(room.id);
  if (!members) return std::unexpected(members.error());
  const WallTime now = wall_now();
  for (const auto& invite : *invites) {
    const auto allow = wire::decode_permissions(invite.permissions);
    if (!allow) return std::unexpected(allow.error());
    auto guests = guests_of(database, *members, invite.id);
    if (!guests) return pass(guests);
    InviteInfo info;
    info.id = to_hex(invite.id.view());
    info.room = room.name;
    info.uses = invite.uses;
    info.spent = invite.spent;
    info.expires = invite.expires;
    info.allow = to_words(*allow);
    info.created = invite.created;
    info.revoked = invite.revoked;
    info.status = status_of(invite, now);
    info.guests = std::move(*guests);
    out.push_back(std::move(info));
  }
  return {};
}

}  // namespace

std::vector<std::string> to_words(const wire::Permissions& permissions) {
  std::vector<std::string> words;
  if (permissions.chat) words.emplace_back("chat");
  if (permissions.files) words.emplace_back("files");
  for (const std::string& name : permissions.forwards) {
    words.push_back(std::string(forward_prefix) + name);
  }
  return words;
}

Result<wire::Permissions> permissions_from(const std::vector<std::string>& words) {
  wire::Permissions out{.chat = false, .files = false, .forwards = {}};
  for (const std::string& word : words) {
    if (word == "chat") {
      out.chat = true;
    } else if (word == "files") {
      out.files = true;
    } else if (word.starts_with(forward_prefix) &&
               is_name(word.substr(forward_prefix.size()))) {
      out.forwards.push_back(word.substr(forward_prefix.size()));
    } else {
      return wrong_params("allow");
    }
  }
  if (out.forwards.size() > wire::forwards_limit) return wrong_params("allow");
  return out;
}

Result<InvitesReply> list_invites(Profile& profile, const InvitesRequest& request) {
  store::Database& database = profile.database();
  InvitesReply reply;
  if (request.room) {
    const auto room = find_room(database, *request.room);
    if (!room) return std::unexpected(room.error());
    if (auto added = add_invites(database, *room, reply.invites); !added) return pass(added);
    return reply;
  }
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  for (const auto& room : *rooms) {
    if (auto added = add_invites(database, room, reply.invites); !added) return pass(added);
  }
  return reply;
}

Result<InviteInfo> revoke(Profile& profile, const InviteIdRequest& request) {
  auto all = list_invites(profile, {});
  if (!all) return pass(all);
  std::erase_if(all->invites, [&](const InviteInfo& invite) {
    return !invite.id.starts_with(request.invite);
  });
  if (request.invite.empty() || all->invites.empty()) {
    return fail(Errc::invite_missing, "There is no invite " + displayable(request.invite) +
                                          ". `sotto invites` lists all.");
  }
  if (all->invites.size() > 1) {
    return fail(Errc::invite_ambiguous, "Several invites begin with " +
                                            displayable(request.invite) +
                                            ". Give more of the id that you mean.");
  }
  InviteInfo& invite = all->invites.front();
  const auto id = InviteId::from(*from_hex(invite.id));
  auto revoked = store::Invites(profile.database()).revoke(*id);
  if (!revoked) return pass(revoked);
  invite.revoked = true;
  invite.status = "revoked";
  return std::move(invite);
}

}  // namespace sotto::node
