// X25519 (RFC 7748).
#pragma once
#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

// The shared secret, or Errc::bad_key when it would be all zero (a point of small order).
Result<SymmetricKey> x25519(const X25519SecretKey& secret, const X25519PublicKey& public_key);
Result<SymmetricKey> x25519(const SealSecretKey& secret, const SealPublicKey& public_key);

}  // namespace sotto::crypto
