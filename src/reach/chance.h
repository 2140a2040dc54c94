// Numbers between two others, drawn from an Entropy.
#pragma once
#include <cassert>
#include <cstdint>

#include "base/big_endian.h"
#include "base/entropy.h"
#include "base/time.h"

namespace sotto::reach {

// Both ends included.  The bias of a remainder does not matter to what is drawn here: moments,
// ports, ties.
inline std::uint64_t draw_between(Entropy& entropy, std::uint64_t least, std::uint64_t most) {
  assert(least <= most && most - least < UINT64_MAX);
  const auto drawn = load_be<std::uint64_t>(entropy.bytes<8>());
  return least + drawn % (most - least + 1);
}

inline milliseconds draw_between(Entropy& entropy, milliseconds least, milliseconds most) {
  return milliseconds(draw_between(entropy, static_cast<std::uint64_t>(least.count()),
                                   static_cast<std::uint64_t>(most.count())));
}

}  // namespace sotto::reach
