// Commands about rooms: rooms, invites.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/render_rooms.h"

namespace sotto::cli {
namespace {

using Action = RoomsCommand::Action;

Result<void> list(node::Access& access, const Surroundings& around) {
  const auto reply =
      access.ask<node::RoomsReply, node::NoRequest, node::list_rooms>("rooms", {});
  if (!reply) return std::unexpected(reply.error());
  return print(around.globals.json ? rooms_json(*reply) : rooms_text(*reply, around.style));
}

Result<void> show(const RoomsCommand& command, node::Access& access,
                  const Surroundings& around) {
  const auto details =
      access.ask<node::RoomDetails, node::RoomRequest, node::show_room>("room", {command.room});
  if (!details) return std::unexpected(details.error());
  return print(around.globals.json ? room_json(*details) : room_text(*details, around.style));
}

Result<void> close(const RoomsCommand& command, node::Access& access,
                   const Surroundings& around) {
  const auto closed = access.ask<node::CloseReply, node::RoomRequest, node::close_room>(
      "close", {command.room});
  if (!closed) return std::unexpected(closed.error());
  const std::string name = displayable(closed->room);
  return print(around.globals.json ? closed_json(*closed)
               : closed->was_open  ? "The room " + name + " is closed.\n"
                                   : "The room " + name + " was not open.\n");
}

Result<void> remove(const RoomsCommand& command, node::Access& access,
                    const Surroundings& around) {
  // A room that does not exist is not asked about.
  const auto details =
      access.ask<node::RoomDetails, node::RoomRequest, node::show_room>("room", {command.room});
  if (!details) return std::unexpected(details.error());
  if (!command.yes) {
    auto confirmed = around.asker.confirm(
        "Delete the room " + displayable(command.room) + " with its history, for good?",
        "Nobody can be asked whether to delete the room: give --yes.", "Nothing was deleted.");
    if (!confirmed) return confirmed;
  }
  const auto removed = access.ask<node::RoomInfo, node::RoomRequest, node::remove_room>(
      "remove_room", {command.room});
  if (!removed) return std::unexpected(removed.error());
  return print(around.globals.json
                   ? removed_json(*removed)
                   : "The room " + displayable(removed->name) + " is deleted.\n");
}

Result<void> kick(const RoomsCommand& command, node::Access& access,
                  const Surroundings& around) {
  const auto kicked = access.ask<node::KickReply, node::KickRequest, node::kick>(
      "kick", {command.room, command.who});
  if (!kicked) return std::unexpected(kicked.error());
  return print(around.globals.json ? kicked_json(*kicked)
                                   : displayable(kicked->who.name) + " is no member of " +
                                         displayable(kicked->room) +
                                         " any more. A new connection file would let them in "
                                         "again; none of the old ones does.\n");
}

}  // namespace

Result<void> run(const RoomsCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  switch (command.action) {
    case Action::list:
      break;
    case Action::show:
      return show(command, *access, around);
    case Action::close:
      return close(command, *access, around);
    case Action::remove:
      return remove(command, *access, around);
    case Action::kick:
      return kick(command, *access, around);
  }
  return list(*access, around);
}

Result<void> run(const InvitesCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  if (command.action == InvitesCommand::Action::list) {
    const auto reply =
        access->ask<node::InvitesReply, node::InvitesRequest, node::list_invites>(
            "invites", {command.room});
    if (!reply) return std::unexpected(reply.error());
    return print(around.globals.json ? invites_json(*reply)
                                     : invites_text(*reply, around.style));
  }
  const auto revoked = access->ask<node::InviteInfo, node::InviteIdRequest, node::revoke>(
      "revoke", {command.id});
  if (!revoked) return std::unexpected(revoked.error());
  return print(around.globals.json
                   ? invite_json(*revoked)
                   : "The connection file " + revoked->id + " lets nobody into " +
                         displayable(revoked->room) + " any more.\n");
}

}  // namespace sotto::cli
