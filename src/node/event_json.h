// Events as JSON: the lines of `--json` and the notifications of the owner's socket, with the
// keys of the command line's contract.
#pragma once
#include <optional>

#include "base/json.h"
#include "node/events.h"

namespace sotto::node {

// {"event": ..., "ts": RFC 3339 of `now`, ...}
Json event_to_json(const Event& event, WallTime now);

// The event that event_to_json() wrote; nothing for one that this version does not know.
std::optional<Event> event_from_json(const Json& json);

}  // namespace sotto::node
