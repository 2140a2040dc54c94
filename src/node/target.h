// What the word after `join` and `send` means: found out in two steps, since the process that
// has the file and the terminal need not be the one that owns the profile.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "node/commands.h"
#include "node/requests.h"
#include "room/invitation.h"

namespace sotto::node {

// --- at the client

// Makes `name` out as far as it goes: a room or contact if `known` says so, else a connection
// file, read and, if it is not sealed for a card, opened; "./x" is always a file, "-" standard
// input.  unknown_target; read_connection_file()'s errors; those of `known`.
Result<TargetRequest> prepare_target(
    const std::function<Result<bool>(const std::string&)>& known, const std::string& name,
    const FileKeys& keys);

// --- at the owner, on the store's thread

struct Target {
  store::RoomRow room;
  std::optional<room::JoinedRoom> joined;  // unless we host it
  bool introduced = true;                  // false: the file authenticated nobody
  std::optional<WallTime> expires;         // of the invite that a file brought
};

// True when a room or contact has this name.
Result<bool> is_known(Profile& profile, const std::string& name);

// The room that is meant; what a file brings is kept.  The fingerprint is checked before that.
// unknown_target, own_room (a file of ours), fingerprint; room::keep_connection()'s errors.
Result<Target> resolve_target(Profile& profile, const TargetRequest& request);

}  // namespace sotto::node
