// What can go wrong in crypto/: names and kinds in errors.cpp, causes and cures in
// docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::crypto {

enum class Errc {
  bad_key = 1,      // crypto.bad_key: an all-zero shared secret, a point of small order or none
  bad_signature,    // crypto.bad_signature
  decryption,       // crypto.decryption: tag mismatch
  card_invalid,     // card.invalid: wrong fields, name or signature
  bad_fingerprint,  // fingerprint.syntax
  not_sealed_file,  // file.not_sotto: no magic, another kind
  file_version,     // file.version: from a newer sotto
  file_damaged,     // file.damaged: truncated, flipped bit, trailing bytes (exit 9)
  file_locked,      // file.wrong_passphrase: the commitment does not match (exit 5)
  file_not_for_us,  // file.not_for_us: sealed to other cards (exit 5)
  kdf_limits,       // file.kdf_limits: asks for too much memory or time
  kdf_failed,       // crypto.kdf_failed: Argon2id could not allocate its memory
  armor_syntax,     // armor.syntax
  file_too_large,   // file.too_large: over content_limit (crypto/sealed_file.h)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::crypto

template <>
struct std::is_error_code_enum<sotto::crypto::Errc> : std::true_type {};
