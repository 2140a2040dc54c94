// What can go wrong in noise/.
#pragma once
#include "base/error.h"

namespace sotto::noise {

enum class Errc {
  unknown_pattern = 1,  // noise.unknown_pattern: the name is no pattern that we have
  message_length,       // noise.message_length: shorter than its tokens or over 65535 bytes
  decryption,           // noise.decryption: not authentic
  bad_key,              // noise.bad_key: a Diffie-Hellman result is all zero
  nonce_exhausted,      // noise.nonce_exhausted: 2^64 - 1 messages
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::noise

template <>
struct std::is_error_code_enum<sotto::noise::Errc> : std::true_type {};
