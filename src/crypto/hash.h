// BLAKE2b (RFC 7693), the one hash of the protocol, and what is built on it.
#pragma once
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/bytes.h"
#include "crypto/keys.h"

namespace sotto::crypto {

using Hash64 = std::array<std::byte, 64>;
using Hash32 = std::array<std::byte, 32>;

// BLAKE2b-512 and BLAKE2b-256 of the concatenated parts.
Hash64 blake2b_512(std::initializer_list<ByteView> parts);
Hash32 blake2b_256(std::initializer_list<ByteView> parts);

// BLAKE2b-512 as it comes in: for files and streams.
class Blake2b {
 public:
  explicit Blake2b(std::size_t digest_bytes = 64);  // 1..64
  void update(ByteView bytes);
  Bytes finish();  // at most once

 private:
  alignas(64) std::array<std::byte, 384> state_;
  std::size_t digest_bytes_;
};

// HMAC-BLAKE2b-512 (RFC 2104 with a block of 128 bytes), as Noise's HKDF wants it.
void hmac_blake2b(ByteView key, std::initializer_list<ByteView> parts, MutableBytes out64);

// A key for one purpose: BLAKE2b-256 keyed with `key` over len(label) (1 byte) | label |
// context. `label` at most 255 bytes, unique to the purpose, ending in a version number.
SymmetricKey derive_key(const SymmetricKey& key, std::string_view label, ByteView context = {});

// The same construction for values that are not keys (blind indices, tags): 1..64 bytes.
void derive_bytes(const SymmetricKey& key, std::string_view label, ByteView context,
                  MutableBytes out);

// Equal in constant time for equal lengths.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace sotto::crypto
