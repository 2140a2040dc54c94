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

// SHA-512 of the seed with its first half clamped (RFC 8032 section 5.1.5, steps 1 and 2): the
// form in which tor wants a key.
using Ed25519ExpandedKey = SecretKey<struct Ed25519ExpandedTag, 64>;
Ed25519ExpandedKey expanded(const Ed25519SecretKey& seed);

// Whether this is a public key that a seed can have: canonical, on the curve, in the group of
// prime order.
bool is_valid(const Ed25519PublicKey& key);

}  // namespace sotto::crypto
