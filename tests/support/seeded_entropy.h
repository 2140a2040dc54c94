// Randomness that is the same in every run: for tests only.
#pragma once
#include <cstdint>
#include <random>

#include "base/entropy.h"

namespace sotto {

class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : generator_(seed) {}

  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(generator_() >> 56);
  }

 private:
  std::mt19937_64 generator_;
};

}  // namespace sotto
