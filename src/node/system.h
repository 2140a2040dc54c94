// Time and randomness of the machine: the rooms below are handed both.
#pragma once
#include "base/entropy.h"
#include "base/time.h"

namespace sotto::node {

// The kernel's randomness, through libsodium.
class SystemEntropy final : public Entropy {
 public:
  void fill(MutableBytes out) override;
};

Entropy& system_entropy();
WallTime wall_now();

}  // namespace sotto::node
