// Where randomness comes from.  Rooms that do no I/O are handed an Entropy; node/ owns the one
// that asks the kernel, tests hand in a seeded one.
#pragma once
#include <array>

#include "base/bytes.h"

namespace sotto {

class Entropy {
 public:
  virtual ~Entropy() = default;

  // Fills all of `out`; never fails.
  virtual void fill(MutableBytes out) = 0;

  template <std::size_t N>
  std::array<std::byte, N> bytes() {
    std::array<std::byte, N> out;
    fill(out);
    return out;
  }
};

}  // namespace sotto
