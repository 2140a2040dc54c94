// rooms, invites, and the words of actions.
#include <algorithm>

#include "base/text.h"
#include "cli/suggest.h"
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

Result<RoomsCommand> understand_rooms(const Words& words) {
  using Action = RoomsCommand::Action;
  constexpr std::string_view actions[] = {"list", "show", "close", "remove", "kick"};
  constexpr std::string_view keys[] = {"ROOM", "WHO"};
  const auto action = understand_action(words, "rooms", actions);
  if (!action) return std::unexpected(action.error());
  RoomsCommand out;
  out.action = static_cast<Action>(*action);
  const std::size_t count = out.action == Action::list ? 0 : out.action == Action::kick ? 2 : 1;
  const std::string command = "rooms " + std::string(actions[*action]);
  if (auto checked = check_words(words, command, keys, count); !checked) return pass(checked);
  out.room = words.text("ROOM").value_or("");
  out.who = words.text("WHO").value_or("");
  out.yes = words.has("--yes");
  return out;
}

Result<InvitesCommand> understand_invites(const Words& words) {
  using Action = InvitesCommand::Action;
  constexpr std::string_view actions[] = {"list", "revoke"};
  const auto action = understand_action(words, "invites", actions);
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

Result<std::size_t> understand_action(const Words& words, std::string_view command,
                                      std::span<const std::string_view> names) {
  const auto action = words.text("ACTION");
  if (!action) return 0;
  const auto at = std::ranges::find(names, *action);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  const std::vector<std::string> known(names.begin(), names.end());
  const auto meant = nearest(*action, known);
  return usage("sotto " + std::string(command) + " cannot '" + displayable(*action) + "'" +
               (meant ? ": did you mean '" + *meant + "'?"
                      : ": see `sotto " + std::string(command) + " --help`."));
}

Result<void> check_words(const Words& words, const std::string& command,
                         std::span<const std::string_view> keys, std::size_t count) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i < count) {
      if (auto given = words.need(command, keys[i]); !given) return pass(given);
    } else if (const auto word = words.text(keys[i])) {
      return usage("sotto " + command + " does not know what to do with '" +
                   displayable(*word) + "'.");
    }
  }
  return {};
}

Result<void> understand_timeout(const Words& words, milliseconds& out) {
  const auto text = words.text("--timeout");
  if (!text) return {};
  const auto limit = parse_length("--timeout", *text);
  if (!limit) return std::unexpected(limit.error());
  out = *limit;
  return {};
}

CommandSpec rooms_spec() {
  return {.name = "rooms",
          .about = "Show, close and remove rooms, and members of our own",
          .examples =
              "  sotto rooms                       list them all\n"
              "  sotto rooms show lobby            who belongs, who is here, addresses\n"
              "  sotto rooms kick lobby mallory    comes back by a new connection file only\n"
              "  sotto rooms close lobby           end it in whichever process has it open\n"
              "  sotto rooms remove lobby          delete it with its history; asks\n",
          .flags = {{.names = "ACTION", .about = "list (default), show, close, remove or kick"},
                    {.names = "ROOM", .about = "Our name for the room"},
                    {.names = "WHO", .about = "Whom to kick: a name or a fingerprint"},
                    {.names = "--yes", .kind = Kind::on, .about = "Ask nothing"}},
          .understand = rooms};
}

CommandSpec invites_spec() {
  return {
      .name = "invites",
      .about = "Show the connection files that were given out, and take them back",
      .examples =
          "  sotto invites                list them all\n"
          "  sotto invites list lobby     of one room\n"
          "  sotto invites revoke 5f3a    by as much of its id as no other has\n\n"
          "Who came in by a file stays a member when it is revoked: `sotto rooms kick` ends "
          "that.",
      .flags = {{.names = "ACTION", .about = "list (default) or revoke"},
                {.names = "WHICH", .about = "A room to list, or the id of an invite"}},
      .understand = invites};
}

}  // namespace sotto::cli
