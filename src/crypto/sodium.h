// libsodium, initialised.  Every .cpp of crypto/ includes it through here, so that no function
// can run on a library that has not chosen its implementations for this processor; there is
// no init() that main or a test could forget.
#pragma once
#include <cstdlib>
#include <sodium.h>

namespace sotto::crypto {

// Set before main().  Other static objects may still come first: until then libsodium works
// with its portable code, slower and right.
inline const bool sodium_is_ready = [] {
  if (sodium_init() < 0) std::abort();
  return true;
}();

}  // namespace sotto::crypto
