// What the fuzz targets ask of a decoder: what it accepts can be encoded, and comes back the
// same.
#pragma once
#include <cstdlib>

#include "base/bytes.h"
#include "base/secret.h"

namespace sotto {

inline Bytes plain(const Bytes& bytes) {
  return bytes;
}
inline Bytes plain(const Secret& secret) {
  return to_bytes(secret.view());
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

template <class Decode, class Encode>
void check_round_trip(Decode decode, Encode encode_again, ByteView input) {
  const auto first = decode(input);
  if (!first) return;
  const Bytes bytes = plain(encode_again(*first));
  const auto second = decode(bytes);
  require(second.has_value());
  require(plain(encode_again(*second)) == bytes);
}

// For types whose encode() is found by their namespace.
template <class Decode>
void check_round_trip(Decode decode, ByteView input) {
  check_round_trip(decode, [](const auto& value) { return encode(value); }, input);
}

}  // namespace sotto
