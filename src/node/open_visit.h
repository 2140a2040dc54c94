// Visits to open rooms, by the process that owns the profile: a look at the host's card, and
// later the entrance (docs/protocol.md section 3, "Open rooms").
//
// Entering brings access of our own and no more: the room is then joined as any other.
#pragma once
#include "node/requests.h"
#include "node/runtime.h"

namespace sotto::node {

// One attempt.  Says nothing of this profile and keeps nothing.
//
// transport's errors when nobody answers; session's not_open, wrong_password, handshake;
// bad_address, bad_password; needs_tor, the errors of onion addresses and of
// dial_onion(); own_room; room's key_changed: a known person, room or address with
// other keys.
Async<PeekReply> peek_open_room(Runtime& runtime, PeekRequest request);

// One attempt, with the host that `request.card` names and nobody else; the room is kept.  The
// target is then its name here.  Errors as above; room's refusals.
Async<TargetRequest> enter_open_room(Runtime& runtime, OpenRequest request, TorRequest tor,
                                     milliseconds timeout);

}  // namespace sotto::node
