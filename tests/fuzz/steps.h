// An input of a fuzz target as steps: bytes that are taken from its front.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace sotto {

// What is not there any more is zero, or empty.
class Steps {
 public:
  explicit Steps(ByteView bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    const ByteView one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }
  // Of two bytes, big-endian.
  std::size_t number() {
    const std::size_t high = byte();
    return high << 8 | byte();
  }
  Bytes bytes() { return to_bytes(take(byte())); }
  ByteView take(std::size_t most) {
    const ByteView front = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(front.size());
    return front;
  }

 private:
  ByteView rest_;
};

}  // namespace sotto
