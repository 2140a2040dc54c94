// What the word after `join` and `send` means: found out in two steps, since the process that
// has the file and the terminal need not be the one that owns the profile.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/commands.h"
#include "node/requests.h"
#include "room/invitation.h"

namespace sotto::node {

// --- at the client

// The name by which something is known at the owner, if it is.
using KnownName = std::function<Result<std::optional<std::string>>(const NameRequest&)>;

// Makes `word` out as far as it goes, in this order: a room or contact by a name that `known`
// knows; a connection file, read and, if it is not sealed for a card, opened; the id of a room;
// HOST:PORT.  "./x" is always a file, "-" standard input.  An open room is still to be settled
// (open_target.h).
//
// unknown_target; the errors of read_connection_file(), open_target() and `known`.
Result<TargetRequest> prepare_target(const KnownName& known, const std::string& word,
                                     const FileKeys& keys);

// A connection file alone.  unknown_target; read_connection_file()'s errors.
Result<TargetRequest> target_of_file(const std::string& word, const FileKeys& keys);

// --- at the owner, on the store's thread

// A member of rooms of ours, to whom alone a file goes.
struct OnlyMember {
  crypto::Ed25519PublicKey identity;
  std::string name;
  std::vector<RoomId> rooms;
};

struct Target {
  store::RoomRow room;
  std::optional<room::JoinedRoom> joined;         // unless we host it
  bool introduced = true;                         // false: the file authenticated nobody
  std::optional<WallTime> expires;                // of the invite that a file brought
  std::optional<OnlyMember> only = std::nullopt;  // `room` is the first of theirs
};

// The name by which a room, a contact or a room's id is known here, if it is.
Result<std::optional<std::string>> known_name(Profile& profile, const NameRequest& request);

// The room that is meant; what a file brings is kept, and what the command says of Tor settled.
// The fingerprint is checked before that.  needs_tor for --tor and a room without an onion
// address.
//
// unknown_target, own_room (a file of ours), fingerprint; room::keep_connection()'s errors.
Result<Target> resolve_target(Profile& profile, const TargetRequest& request);

}  // namespace sotto::node
