// What a running host or member tells, as JSON Lines and as lines for people.
#pragma once
#include <optional>
#include <string>

#include "cli/style.h"
#include "node/events.h"

namespace sotto::cli {

// One line of the contract: "event" and "ts" first, then the event's own keys.
std::string event_json(const node::Event& event, WallTime now);

// A line with its newline.  What was said, and who and where we are, is data and goes to
// standard output; how it goes is for standard error.
struct EventText {
  std::string line;
  bool data = false;
};
// Nothing for events that people need not see at this verbosity (Globals::verbosity).
std::optional<EventText> event_text(const node::Event& event, WallTime now, const Style& style,
                                    int verbosity);

}  // namespace sotto::cli
