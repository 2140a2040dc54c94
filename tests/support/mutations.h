// Every small way to damage a byte string, for decoders to be shown.
#pragma once
#include "base/bytes.h"

namespace sotto {

// Calls `check(prefix)` with each proper prefix of `bytes`, the empty one included.
template <class Check>
void for_each_truncation(ByteView bytes, Check check) {
  for (std::size_t length = 0; length < bytes.size(); ++length) check(bytes.first(length));
}

// Calls `check(copy)` with each copy of `bytes` in which one bit is the other way round.
template <class Check>
void for_each_flipped_bit(ByteView bytes, Check check) {
  Bytes copy = to_bytes(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    copy[bit / 8] ^= mask;
    check(ByteView(copy));
    copy[bit / 8] ^= mask;
  }
}

}  // namespace sotto
