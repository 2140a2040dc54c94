// Keys as types of their own, so that a seal key cannot be passed where a static key is meant.
//
// Public values are plain arrays; secret ones live in the locked arena (base/secret.h) and are
// copied only by name.  A profile has three independent pairs (docs/protocol.md section 1).
#pragma once
#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/fixed_bytes.h"
#include "base/secret.h"

namespace sotto::crypto {

// N bytes that nobody may see; wiped when destroyed.
template <class Tag, std::size_t N>
class SecretKey {
 public:
  static constexpr std::size_t size = N;

  SecretKey() : secret_(N) {}  // all zero
  explicit SecretKey(Entropy& entropy) : secret_(N) { entropy.fill(secret_.mutable_view()); }

  static std::optional<SecretKey> from(ByteView bytes) {
    if (bytes.size() != N) return std::nullopt;
    SecretKey out;
    std::ranges::copy(bytes, out.secret_.mutable_view().begin());
    return out;
  }

  SecretKey copy() const { return *from(view()); }
  ByteView view() const { return secret_.view(); }
  MutableBytes mutable_view() { return secret_.mutable_view(); }

 private:
  Secret secret_;
};

using SymmetricKey = SecretKey<struct SymmetricTag, 32>;  // AEAD keys, psks, KDF keys

using X25519PublicKey = FixedBytes<struct X25519PublicTag, 32>;  // Noise static and ephemeral
using X25519SecretKey = SecretKey<struct X25519SecretTag, 32>;
using SealPublicKey = FixedBytes<struct SealPublicTag, 32>;  // X25519, sealed files only
using SealSecretKey = SecretKey<struct SealSecretTag, 32>;
using Ed25519PublicKey = FixedBytes<struct Ed25519PublicTag, 32>;
using Ed25519SecretKey = SecretKey<struct Ed25519SecretTag, 32>;  // the RFC 8032 seed
using Signature = FixedBytes<struct SignatureTag, 64>;

struct X25519KeyPair {
  X25519SecretKey secret;
  X25519PublicKey public_key;
  static X25519KeyPair generate(Entropy& entropy);
  static X25519KeyPair from(X25519SecretKey secret);
  X25519KeyPair copy() const { return {secret.copy(), public_key}; }
};

struct SealKeyPair {
  SealSecretKey secret;
  SealPublicKey public_key;
  static SealKeyPair generate(Entropy& entropy);
  static SealKeyPair from(SealSecretKey secret);
};

struct Ed25519KeyPair {
  Ed25519SecretKey secret;
  Ed25519PublicKey public_key;
  static Ed25519KeyPair generate(Entropy& entropy);
  static Ed25519KeyPair from(Ed25519SecretKey secret);
};

}  // namespace sotto::crypto
