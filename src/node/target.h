// What the word after `join` and `send` means (docs: cli, TARGET).
#pragma once
#include <optional>
#include <string>

#include "node/commands.h"
#include "room/invitation.h"

namespace sotto::node {

struct Target {
  room::JoinedRoom joined;
  bool introduced = true;           // false: the file authenticated nobody
  std::optional<WallTime> expires;  // of the invite that a file brought
};

// A room by name, the room of a contact by name, else a connection file, in this order; "./x"
// is always a file, "-" standard input.  The fingerprint is checked before anything is kept.
// Errors: unknown_target, own_room, fingerprint; those of read_connection_file() and
// room::keep_connection().
Result<Target> resolve_target(Profile& profile, const std::string& target, const FileKeys& keys,
                              const std::optional<std::string>& expected_fingerprint,
                              const std::optional<std::string>& as_name = std::nullopt);

}  // namespace sotto::node
