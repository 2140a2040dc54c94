#include "cli/spec.h"

#include <algorithm>

#include "cli/understand.h"

namespace sotto::cli {

std::string FlagSpec::key() const {
  const std::string_view all = names;
  return std::string(all.substr(all.rfind(',') + 1));
}

FlagSpecs operator+(FlagSpecs first, const FlagSpecs& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

FlagSpecs in_group(const char* group, FlagSpecs flags) {
  for (FlagSpec& flag : flags) flag.group = group;
  return flags;
}

std::vector<std::pair<std::string_view, FlagSpecs>> by_group(const FlagSpecs& flags) {
  std::vector<std::pair<std::string_view, FlagSpecs>> groups{{"", {}}};
  for (const FlagSpec& flag : flags) {
    if (flag.is_word()) continue;
    auto at =
        std::ranges::find(groups, flag.group, [](const auto& group) { return group.first; });
    if (at == groups.end()) at = groups.insert(at, {flag.group, {}});
    at->second.push_back(flag);
  }
  if (groups.front().second.empty()) groups.erase(groups.begin());
  return groups;
}

std::span<const CommandSpec> all_commands() {
  static const std::vector<CommandSpec> commands = {
      // Talk
      host_spec(), join_spec(), send_spec(), listen_spec(),
      // Let people in
      export_spec(), import_spec(), inspect_spec(), invites_spec(),
      // People and rooms
      verify_spec(), contacts_spec(), rooms_spec(), history_spec(), outbox_spec(),
      forget_spec(),
      // The profile
      init_spec(), id_spec(), backup_spec(), restore_spec(), passwd_spec(), config_spec(),
      // What goes on
      status_spec(), doctor_spec(), agent_spec(), rpc_spec(), completion_spec(), help_spec(),
      // For others
      relay_spec()};
  return commands;
}

const CommandSpec* find_command(std::string_view name) {
  const auto commands = all_commands();
  const auto at = std::ranges::find(commands, name, &CommandSpec::name);
  return at == commands.end() ? nullptr : &*at;
}

std::span<const CommandGroup> command_groups() {
  static constexpr CommandGroup groups[] = {
      {"Talk", 4},        {"Let people in", 4},          {"People and rooms", 6},
      {"The profile", 6}, {"What goes on, and help", 6}, {"For others", 1}};
  return groups;
}

}  // namespace sotto::cli
