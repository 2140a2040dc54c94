#include "crypto/x25519.h"

#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

template <class SecretKeyType, class PublicKeyType>
Result<SymmetricKey> shared_secret(const SecretKeyType& secret,
                                   const PublicKeyType& public_key) {
  SymmetricKey out;
  // Fails when the result is all zero, which it finds out in constant time.
  if (crypto_scalarmult_curve25519(raw(out.mutable_view()), raw(secret.view()),
                                   raw(public_key.view())) != 0) {
    return fail(
        Errc::bad_key,
        "The other side's key is one that hides nothing (a point of small order). Do not "
        "trust where it came from; ask for a new card or connection file.");
  }
  return out;
}

}  // namespace

Result<SymmetricKey> x25519(const X25519SecretKey& secret, const X25519PublicKey& public_key) {
  return shared_secret(secret, public_key);
}

Result<SymmetricKey> x25519(const SealSecretKey& secret, const SealPublicKey& public_key) {
  return shared_secret(secret, public_key);
}

}  // namespace sotto::crypto
