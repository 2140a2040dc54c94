// What a command line may hold, as data: one table for parsing, help, and all that is made from
// help.  A command's spec stands beside the function that understands it (understand_*.cpp).
#pragma once
#include <span>
#include <string>
#include <string_view>
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

  // What Words knows it by: "--output", "ROOM".
  std::string key() const;
  bool is_word() const { return names[0] != '-'; }
};

using FlagSpecs = std::vector<FlagSpec>;
FlagSpecs operator+(FlagSpecs first, const FlagSpecs& then);

struct CommandSpec {
  const char* name;
  const char* about;     // one line
  const char* examples;  // lines that start with two spaces, then what else is worth knowing
  FlagSpecs flags;
  Result<Command> (*understand)(const Words& words);
  // What the command takes from standard input beside values that are "-"; empty: nothing.
  std::string (*input)(const Words& words) = nullptr;
};

// In the order of the help.
std::span<const CommandSpec> all_commands();

// Those that every command takes, before or after its name.
const FlagSpecs& global_flags();
Result<Globals> understand_globals(const Words& words);

}  // namespace sotto::cli
