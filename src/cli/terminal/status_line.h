// The line that says where one is: the room, who is there, the way and its round trip.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/presence.h"

namespace sotto::cli {

struct ChatState {
  std::string room;  // empty: not known yet
  std::optional<node::PresenceReply> presence;
  std::string under_way;    // what takes its time: "connecting, 3 s"; empty: nothing
  std::size_t waiting = 0;  // own messages that nobody has got yet
  std::string file;         // how far a file is: "file: 45%"; empty: none under way
};

// At most `width` cells, plain.
std::string status_line(const ChatState& state, int width);

// "<1 ms", "12 ms", "1.4 s"; "-" without one.
std::string round_trip_text(std::optional<milliseconds> round_trip);
// "✓ anna", "? bob": the mark says whether the person was verified.
std::string marked_name(const node::PersonHere& person);
// Everybody here, a line each, with how far away they are.
std::string who_text(const ChatState& state);
// The way to each, a line each.
std::string route_text(const ChatState& state);

}  // namespace sotto::cli
