// Unsigned integers in network byte order, at fixed offsets.
#pragma once
#include <cassert>
#include <concepts>

#include "base/bytes.h"

namespace sotto {

// Reads the first sizeof(T) bytes of `in`, which must hold at least that many.
template <std::unsigned_integral T>
T load_be(ByteView in) {
  assert(in.size() >= sizeof(T));
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((value << 8) | static_cast<T>(in[i]));
  }
  return value;
}

// Writes `value` over the first sizeof(T) bytes of `out`, which must hold that many.
template <std::unsigned_integral T>
void store_be(MutableBytes out, T value) {
  assert(out.size() >= sizeof(T));
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> 8)) {
    out[i] = static_cast<std::byte>(value);
    if constexpr (sizeof(T) == 1) break;
  }
}

template <std::unsigned_integral T>
void append_be(Bytes& out, T value) {
  out.resize(out.size() + sizeof(T));
  store_be<T>(MutableBytes(out).last(sizeof(T)), value);
}

}  // namespace sotto
