// Who is in an open room at this moment, by which way, and how long a word takes to them and
// back: what a chat keeps in sight.
//
// A link measures its round trip by pings (docs/protocol.md section 4), of its own accord only
// where nothing else is heard for long.  Whoever asks here has it measured again when the
// figure is old: a chat that asks now and then sees one that is fresh, and where nobody looks
// there is no ping more than before.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "node/requests.h"

namespace sotto::node {

class Agent;

// How old a round trip may be when somebody looks at it.
inline constexpr milliseconds round_trip_age{10'000};
// How many links of one room are measured for whoever looks.
inline constexpr std::size_t round_trips_limit = 32;

struct PersonHere {
  std::string name;
  std::string fingerprint;
  bool verified = false;
  bool host = false;
  bool linked = false;  // to us: in a room of somebody else only its host can be
  std::string address;  // of that link
  std::optional<milliseconds> round_trip;
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("verified", self.verified);
    field("host", self.host);
    field("linked", self.linked);
    field("address", self.address);
    field("round_trip_ms", self.round_trip);
  }
};

struct PresenceReply {
  std::string room;                // by name
  bool hosted = false;             // by this profile
  bool linked = false;             // to its host; true in a room of ours
  std::string route;               // "direct", "onion"; empty before there was a link
  std::vector<PersonHere> people;  // who are here besides us; the host also while not reached
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("hosted", self.hosted);
    field("linked", self.linked);
    field("route", self.route);
    field("people", self.people);
  }
};

// room.unknown when it is not open.
Async<PresenceReply> show_presence(Agent& agent, RoomRequest request);

}  // namespace sotto::node
