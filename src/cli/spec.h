// What a command line may hold, as data: one table for parsing, help, and all that is made from
// help.  A command's spec stands beside the function that understands it (understand_*.cpp).
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/errors.h"
#include "cli/invocation.h"
#include "cli/words.h"

namespace sotto::cli {

struct FlagSpec {
  enum class Kind {
    text,   // one value; given twice, the last one counts
    list,   // a value each time
    on,     // no value
    count,  // no value, may be repeated
  };

  const char* names;  // "-o,--output"; a word without a flag is in capitals: "ROOM"
  Kind kind = Kind::text;
  const char* type = "";  // of the value, as help shows it
  const char* about = "";
  bool required = false;
  // Of a value "-": what standard input then brings, in words.  Empty: "-" has no such meaning.
  const char* input = "";
  // What alone the value may be, between spaces: "auto always never".  Empty: anything.
  const char* choices = "";
  // Whose names the value may be.  Besides, a type of FILE or DIR stands for files and folders.
  enum class Names { none, rooms, own_rooms, contacts, contacts_and_rooms, commands };
  Names whose = Names::none;
  // Of a word: behind which first words it stands, between spaces.  Empty: all of them.
  const char* actions = "";
  const char* group = "";  // its heading in the help, where that is not "Flags"

  // What Words knows it by: "--output", "ROOM".
  std::string key() const;
  bool is_word() const { return names[0] != '-'; }
};

using FlagSpecs = std::vector<FlagSpec>;
FlagSpecs operator+(FlagSpecs first, const FlagSpecs& then);
FlagSpecs in_group(const char* group, FlagSpecs flags);
// The flags (no words) under their headings, those without one first.
std::vector<std::pair<std::string_view, FlagSpecs>> by_group(const FlagSpecs& flags);

struct CommandSpec {
  const char* name;
  const char* about;     // one line
  const char* examples;  // examples.h says in which form; then what else is worth knowing
  FlagSpecs flags;
  Result<Command> (*understand)(const Words& words);
  // What the command takes from standard input beside values that are "-"; empty: nothing.
  std::string (*input)(const Words& words) = nullptr;
};

// The choices, actions of a FlagSpec one by one.
std::vector<std::string> choices_of(std::string_view text);

// In the order of the help.
std::span<const CommandSpec> all_commands();
const CommandSpec* find_command(std::string_view name);  // null when there is none

// The same commands under their headings: "Talk", and how many of them follow.
struct CommandGroup {
  const char* heading;
  std::size_t count;
};
std::span<const CommandGroup> command_groups();

// Those that every command takes, before or after its name.
const FlagSpecs& global_flags();
Result<Globals> understand_globals(const Words& words);

}  // namespace sotto::cli
