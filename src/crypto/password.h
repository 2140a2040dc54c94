// A key from a passphrase: Argon2id (RFC 9106), made slow and large on purpose.
//
// Takes up to seconds and up to 1 GiB: never call it on the event loop.
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

struct Argon2idParameters {
  std::uint32_t ops = 3;                  // passes over the memory, 1..10
  std::uint32_t memory_kib = 256 * 1024;  // KiB, 8 MiB..1 GiB

  friend bool operator==(const Argon2idParameters&, const Argon2idParameters&) = default;
};

inline constexpr std::uint32_t argon2id_ops_limit = 10;
inline constexpr std::uint32_t argon2id_memory_kib_least = 8 * 1024;
inline constexpr std::uint32_t argon2id_memory_kib_limit = 1024 * 1024;

using Salt = std::array<std::byte, 16>;

// Errc::kdf_limits when `parameters` are outside the bounds above.
Result<void> check_limits(const Argon2idParameters& parameters);

// Errc::kdf_limits, before a byte is allocated; Errc::kdf_failed when there is no memory.
Result<SymmetricKey> key_from_passphrase(const Secret& passphrase, const Salt& salt,
                                         const Argon2idParameters& parameters);

}  // namespace sotto::crypto
