// Randomness that is one byte over and over, so that a target does the same again for each
// input.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/entropy.h"

namespace sotto {

class Constant final : public Entropy {
 public:
  explicit Constant(std::uint8_t value) : value_(value) {}
  void fill(MutableBytes out) override { std::ranges::fill(out, std::byte{value_}); }

 private:
  std::uint8_t value_;
};

}  // namespace sotto
