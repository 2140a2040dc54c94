// Every command: its spec, and how its words are understood.  One file a group of commands.
#pragma once
#include "cli/spec.h"

namespace sotto::cli {

// understand_profile.cpp
CommandSpec init_spec();
CommandSpec id_spec();
// understand_talk.cpp
CommandSpec host_spec();
CommandSpec join_spec();
CommandSpec send_spec();
// understand_files.cpp
CommandSpec export_spec();
CommandSpec import_spec();
// understand_history.cpp
CommandSpec history_spec();
// understand_outbox.cpp
CommandSpec outbox_spec();

// Flags that several commands have, and what they say: understand_files.cpp
FlagSpecs flags_of_a_written_file();
FlagSpecs flags_of_a_read_file();
Result<ExportFlags> understand_export_flags(const Words& words, std::string file);
// The first flag that only makes sense with a file to write.
std::optional<std::string_view> flag_of_export(const Words& words);

template <class T>
Result<Command> widened(Result<T> command) {
  if (!command) return pass(command);
  return Command(std::move(*command));
}

}  // namespace sotto::cli
