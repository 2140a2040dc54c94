// How long a route may take before what waits on it is given up (docs/protocol.md sections 3
// and 4).
#pragma once
#include "session/link.h"

namespace sotto::session {

struct Pace {
  milliseconds hello{2'000};       // until message 1 is there, for the host
  milliseconds handshake{10'000};  // for the whole
  LinkTiming link;
};

inline constexpr Pace direct_pace;
// Six relays lie between: a round trip takes most of a second, and now and then many.
inline constexpr Pace onion_pace{
    milliseconds{15'000}, milliseconds{40'000}, {.lost_after = milliseconds{30'000}}};

// A relay and its two connections lie between.
inline constexpr Pace relay_pace{milliseconds{5'000}, milliseconds{20'000}, {}};

}  // namespace sotto::session
