#include "cli/render_rooms.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const node::RoomInfo& room) {
  Json out = Json()
                 .set("name", room.name)
                 .set("id", room.id)
                 .set("hosted", room.hosted)
                 .set("host", Json()
                                  .set("name", room.host)
                                  .set("fingerprint", room.host_fingerprint)
                                  .set("verified", room.verified))
                 .set("open", room.open)
                 .set("tor_only", room.tor_only);
  out.set("members", room.members ? Json(static_cast<std::int64_t>(*room.members)) : Json());
  return out.set("waiting", static_cast<std::int64_t>(room.waiting))
      .set("unread", static_cast<std::int64_t>(room.unread));
}

Json json_of(const node::MemberInfo& member) {
  return Json()
      .set("name", member.name)
      .set("fingerprint", member.fingerprint)
      .set("verified", member.verified)
      .set("blocked", member.blocked)
      .set("present", member.present)
      .set("joined", to_rfc3339(member.joined))
      .set("last_seen", json_time(member.last_seen));
}

Json json_of(const node::InviteInfo& invite) {
  Json::Array guests;
  for (const auto& guest : invite.guests) {
    guests.push_back(Json()
                         .set("name", guest.name)
                         .set("fingerprint", guest.fingerprint)
                         .set("verified", guest.verified));
  }
  return Json()
      .set("id", invite.id)
      .set("room", invite.room)
      .set("status", invite.status)
      .set("uses", static_cast<std::int64_t>(invite.uses))
      .set("spent", static_cast<std::int64_t>(invite.spent))
      .set("expires", json_time(invite.expires))
      .set("allow", json_texts(invite.allow))
      .set("created", to_rfc3339(invite.created))
      .set("revoked", invite.revoked)
      .set("guests", std::move(guests));
}

std::string counted(std::uint64_t number, const std::string& one, const std::string& many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string host_of(const node::RoomInfo& room, const Style& style) {
  if (room.hosted) return "yours";
  return "of " + speaker(room.host, room.host_fingerprint, room.verified, style);
}

std::string member_line(const node::MemberInfo& member, const Style& style) {
  std::string out = "  " + speaker(member.name, member.fingerprint, member.verified, style);
  if (member.blocked) out += "  BLOCKED";
  if (member.present) {
    out += "  here";
  } else if (member.last_seen) {
    out += "  last seen " + date_and_time(*member.last_seen);
  }
  return out + "  " + faint(member.fingerprint, style) + "\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + displayable(word);
  return out.empty() ? "nothing" : out;
}

}  // namespace

std::string rooms_json(const node::RoomsReply& reply) {
  Json::Array rooms;
  for (const auto& room : reply.rooms) rooms.push_back(json_of(room));
  return json_line(Json().set("rooms", std::move(rooms)));
}

std::string rooms_text(const node::RoomsReply& reply, const Style& style) {
  if (reply.rooms.empty()) return "No rooms yet: `sotto host` makes one.\n";
  std::string out;
  for (const auto& room : reply.rooms) {
    out += bold(displayable(room.name), style) + "  " + host_of(room, style);
    if (room.open) out += "  open";
    if (room.tor_only) out += "  Tor only";
    if (room.members) out += "  " + counted(*room.members, "member", "members");
    if (room.waiting > 0)
      out += "  " + counted(room.waiting, "message", "messages") + " waiting";
    if (room.unread > 0) out += "  " + std::to_string(room.unread) + " unread";
    out += "  " + faint(room.id, style) + "\n";
  }
  return out;
}

std::string room_json(const node::RoomDetails& details) {
  Json::Array people;
  for (const auto& member : details.people) people.push_back(json_of(member));
  return json_line(json_of(details.room)
                       .set("people", std::move(people))
                       .set("invites", static_cast<std::int64_t>(details.invites))
                       .set("addresses", json_texts(details.addresses))
                       .set("added", to_rfc3339(details.added)));
}

std::string room_text(const node::RoomDetails& details, const Style& style) {
  const node::RoomInfo& room = details.room;
  std::string out =
      "room         " + bold(displayable(room.name), style) + "\n" + "id           " + room.id +
      "\n" + "host         " +
      (room.hosted ? displayable(room.host) + " (you)"
                   : speaker(room.host, room.host_fingerprint, room.verified, style)) +
      "\n" + "fingerprint  " + room.host_fingerprint + "\n" + "open         " +
      (room.open ? "yes" : "no") + "\n";
  for (const std::string& address : details.addresses) {
    out += "address      " + displayable(address) + "\n";
  }
  if (room.tor_only) out += "promise      reached through Tor only\n";
  out += "known since  " + date_and_time(details.added) + "\n" + "waiting      " +
         counted(room.waiting, "message", "messages") + "\n";
  if (!room.hosted) return out;
  out += "invites      " + std::to_string(details.invites) + " open\n" + "members      " +
         std::to_string(details.people.size()) + "\n";
  for (const auto& member : details.people) out += member_line(member, style);
  return out;
}

std::string closed_json(const node::CloseReply& reply) {
  return json_line(Json().set("room", reply.room).set("was_open", reply.was_open));
}

std::string removed_json(const node::RoomInfo& room) {
  return json_line(Json().set("room", room.name).set("id", room.id).set("removed", true));
}

std::string kicked_json(const node::KickReply& reply) {
  return json_line(Json()
                       .set("room", reply.room)
                       .set("name", reply.who.name)
                       .set("fingerprint", reply.who.fingerprint)
                       .set("kicked", true));
}

std::string invites_json(const node::InvitesReply& reply) {
  Json::Array invites;
  for (const auto& invite : reply.invites) invites.push_back(json_of(invite));
  return json_line(Json().set("invites", std::move(invites)));
}

std::string invites_text(const node::InvitesReply& reply, const Style& style) {
  if (reply.invites.empty()) return "No invites yet: `sotto export` makes one.\n";
  std::string out;
  for (const auto& invite : reply.invites) {
    out += invite.id + "  " + bold(displayable(invite.room), style) + "  " + invite.status +
           "  " + std::to_string(invite.spent) + " of " + std::to_string(invite.uses) +
           " used  may " + joined(invite.allow);
    if (invite.expires) out += "  until " + date_and_time(*invite.expires);
    out += "\n";
    for (const auto& guest : invite.guests) {
      out += "  " + speaker(guest.name, guest.fingerprint, guest.verified, style) + "\n";
    }
  }
  return out;
}

std::string invite_json(const node::InviteInfo& invite) {
  return json_line(json_of(invite));
}

}  // namespace sotto::cli
