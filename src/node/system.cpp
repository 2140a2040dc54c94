#include "node/system.h"

#include <cstdlib>
#include <sodium/core.h>
#include <sodium/randombytes.h>

namespace sotto::node {

void SystemEntropy::fill(MutableBytes out) {
  randombytes_buf(out.data(), out.size());
}

Entropy& system_entropy() {
  static SystemEntropy entropy = [] {
    if (sodium_init() < 0) std::abort();
    return SystemEntropy();
  }();
  return entropy;
}

WallTime wall_now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace sotto::node
