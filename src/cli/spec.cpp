#include "cli/spec.h"

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

std::span<const CommandSpec> all_commands() {
  static const std::vector<CommandSpec> commands = {
      init_spec(),    id_spec(),      host_spec(),   join_spec(),     send_spec(),
      listen_spec(),  agent_spec(),   rpc_spec(),    export_spec(),   import_spec(),
      inspect_spec(), history_spec(), outbox_spec(), contacts_spec(), verify_spec(),
      rooms_spec(),   invites_spec(), forget_spec(), backup_spec(),   restore_spec(),
      passwd_spec(),  status_spec(),  config_spec(), doctor_spec(),
  };
  return commands;
}

}  // namespace sotto::cli
