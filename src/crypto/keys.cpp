#include "crypto/keys.h"

#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

// The public half of an X25519 scalar; the library clamps a copy of it.
template <class PublicKeyType, class SecretKeyType>
PublicKeyType x25519_base(const SecretKeyType& secret) {
  PublicKeyType out;
  crypto_scalarmult_curve25519_base(raw(out.mutable_view()), raw(secret.view()));
  return out;
}

}  // namespace

X25519KeyPair X25519KeyPair::generate(Entropy& entropy) {
  return from(X25519SecretKey(entropy));
}

X25519KeyPair X25519KeyPair::from(X25519SecretKey secret) {
  const auto public_key = x25519_base<X25519PublicKey>(secret);
  return {std::move(secret), public_key};
}

SealKeyPair SealKeyPair::generate(Entropy& entropy) {
  return from(SealSecretKey(entropy));
}

SealKeyPair SealKeyPair::from(SealSecretKey secret) {
  const auto public_key = x25519_base<SealPublicKey>(secret);
  return {std::move(secret), public_key};
}

Ed25519KeyPair Ed25519KeyPair::generate(Entropy& entropy) {
  return from(Ed25519SecretKey(entropy));
}

Ed25519KeyPair Ed25519KeyPair::from(Ed25519SecretKey secret) {
  Ed25519PublicKey public_key;
  Secret expanded(crypto_sign_ed25519_SECRETKEYBYTES);
  crypto_sign_ed25519_seed_keypair(raw(public_key.mutable_view()), raw(expanded.mutable_view()),
                                   raw(secret.view()));
  return {std::move(secret), public_key};
}

}  // namespace sotto::crypto
