// A command line taken apart but not yet understood: which command, and the text of each flag.
// command_line.cpp fills it in, interpret.cpp gives it meaning.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/errors.h"
#include "cli/invocation.h"

namespace sotto::cli {

struct RawFlags {
  using Text = std::optional<std::string>;

  // Global.
  Text home, passphrase_file, passphrase_fd, color;
  bool json = false, no_input = false, quiet = false;
  int verbose = 0;

  // Words without a flag.
  Text room, target, file, who;
  std::vector<std::string> words;

  // Of single commands; a flag that several have is here once.
  Text name, bind, port, port_range, max_members, export_to, fingerprint, timeout, message,
      wait, id, as_name, since, limit;
  bool direct = false, once = false, queue = false, lines = false;

  // Of connection files.
  Text invite_passphrase_file, uses, expires;
  std::vector<std::string> for_cards;
  bool force = false, armor = false, unsealed = false;
};

// `command` is one of the names in command_line.cpp.  Errc::usage.
Result<Invocation> interpret(std::string_view command, RawFlags raw);

}  // namespace sotto::cli
