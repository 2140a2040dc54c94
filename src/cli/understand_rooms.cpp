// rooms, invites.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;
using Names = FlagSpec::Names;

constexpr const char* room_actions = "list show close remove kick";  // as RoomsCommand::Action
constexpr const char* invite_actions = "list revoke";

Result<RoomsCommand> understand_rooms(const Words& words) {
  using Action = RoomsCommand::Action;
  constexpr std::string_view keys[] = {"ROOM", "WHO"};
  const auto action = understand_action(words, "rooms", room_actions);
  if (!action) return std::unexpected(action.error());
  RoomsCommand out;
  out.action = static_cast<Action>(*action);
  const std::size_t count = out.action == Action::list ? 0 : out.action == Action::kick ? 2 : 1;
  const std::string command = "rooms " + words.text("ACTION").value_or("list");
  if (auto checked = check_words(words, command, keys, count); !checked) return pass(checked);
  out.room = words.text("ROOM").value_or("");
  out.who = words.text("WHO").value_or("");
  out.yes = words.has("--yes");
  return out;
}

Result<InvitesCommand> understand_invites(const Words& words) {
  using Action = InvitesCommand::Action;
  const auto action = understand_action(words, "invites", invite_actions);
  if (!action) return std::unexpected(action.error());
  InvitesCommand out;
  out.action = static_cast<Action>(*action);
  if (out.action == Action::list) {
    out.room = words.text("WHICH");
    return out;
  }
  auto id = words.text("WHICH");
  if (!id || id->empty()) {
    return usage("sotto invites revoke needs an ID: `sotto invites` shows them.");
  }
  out.id = std::move(*id);
  return out;
}

Result<Command> rooms(const Words& words) {
  return widened(understand_rooms(words));
}
Result<Command> invites(const Words& words) {
  return widened(understand_invites(words));
}

}  // namespace

CommandSpec rooms_spec() {
  return {.name = "rooms",
          .about = "Show, close and remove rooms, and members of our own",
          .examples =
              "  sotto rooms                       list them all\n"
              "  sotto rooms show lobby            who belongs, who is here, addresses\n"
              "  sotto rooms kick lobby mallory    comes back by a new connection file only\n"
              "  sotto rooms close lobby           end it in whichever process has it open\n"
              "  sotto rooms remove lobby          delete it with its history; asks\n",
          .flags = {{.names = "ACTION",
                     .about = "list (default), show, close, remove or kick",
                     .choices = room_actions},
                    {.names = "ROOM",
                     .about = "Our name for the room",
                     .whose = Names::rooms,
                     .actions = "show close remove kick"},
                    {.names = "WHO",
                     .about = "Whom to kick: a name or a fingerprint",
                     .whose = Names::contacts,
                     .actions = "kick"},
                    {.names = "--yes", .kind = Kind::on, .about = "Ask nothing"}},
          .understand = rooms};
}

CommandSpec invites_spec() {
  return {
      .name = "invites",
      .about = "Show the connection files given out, and take them back",
      .examples =
          "  sotto invites                list them all\n"
          "  sotto invites list lobby     of one room\n"
          "  sotto invites revoke 5f3a    by as much of its id as no other has\n\n"
          "Who came in by a file stays a member when it is revoked: `sotto rooms kick` ends "
          "that.",
      .flags = {{.names = "ACTION",
                 .about = "list (default) or revoke",
                 .choices = invite_actions},
                {.names = "WHICH",
                 .about = "A room to list, or the id of an invite",
                 .whose = Names::own_rooms}},
      .understand = invites};
}

}  // namespace sotto::cli
