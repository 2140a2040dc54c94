// Every command: its spec, and how its words are understood.  One file a group of commands.
#pragma once
#include "cli/spec.h"

namespace sotto::cli {

// understand_profile.cpp
CommandSpec init_spec();
CommandSpec id_spec();
// understand_host.cpp
CommandSpec host_spec();
CommandSpec listen_spec();
// understand_talk.cpp
CommandSpec join_spec();
CommandSpec send_spec();
// understand_files.cpp
CommandSpec export_spec();
CommandSpec import_spec();
CommandSpec inspect_spec();
// understand_history.cpp
CommandSpec history_spec();
// understand_people.cpp
CommandSpec contacts_spec();
CommandSpec verify_spec();
// understand_rooms.cpp
CommandSpec rooms_spec();
CommandSpec invites_spec();
// understand_keeping.cpp
CommandSpec forget_spec();
CommandSpec backup_spec();
CommandSpec restore_spec();
CommandSpec passwd_spec();
// understand_owner.cpp
CommandSpec agent_spec();
CommandSpec rpc_spec();
CommandSpec status_spec();
// understand_relay.cpp
CommandSpec relay_spec();
// understand_outbox.cpp
CommandSpec outbox_spec();
// understand_config.cpp
CommandSpec config_spec();
CommandSpec doctor_spec();
// understand_help.cpp
Error no_command(const std::string& word);  // "There is no command ...: did you mean ...?"
CommandSpec completion_spec();
CommandSpec help_spec();

// Flags that several commands have, and what they say: understand_files.cpp
FlagSpecs flags_of_a_written_file();
FlagSpecs flags_of_a_read_file();
Result<ExportFlags> understand_export_flags(const Words& words, std::string file);
// The first flag that only makes sense with a file to write.
std::optional<std::string_view> flag_of_export(const Words& words);

// Which of `choices` (FlagSpec::choices) `value` is, counted from 0.  Errc::usage that lists
// them as what `taker` takes, and says which one was meant.
Result<std::size_t> understand_choice(std::string_view taker, std::string_view value,
                                      std::string_view choices);
// The same of the word ACTION of `command`; the first when it is not given.
Result<std::size_t> understand_action(const Words& words, std::string_view command,
                                      std::string_view choices);
// The words of `keys` after the first `count` may not be given with this action.
Result<void> check_words(const Words& words, const std::string& command,
                         std::span<const std::string_view> keys, std::size_t count);

// --timeout; `out` stays as it is without one.
Result<void> understand_timeout(const Words& words, milliseconds& out);

template <class T>
Result<Command> widened(Result<T> command) {
  if (!command) return pass(command);
  return Command(std::move(*command));
}

}  // namespace sotto::cli
