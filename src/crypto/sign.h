// Ed25519 signatures (RFC 8032).
#pragma once
#include <initializer_list>

#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

// Signs the concatenated parts; the first is a label unique to what is signed.
Signature sign(const Ed25519KeyPair& key, std::initializer_list<ByteView> parts);

// Errc::bad_signature unless `signature` is `key`'s over the concatenated parts.
Result<void> verify(const Ed25519PublicKey& key, std::initializer_list<ByteView> parts,
                    const Signature& signature);

}  // namespace sotto::crypto
