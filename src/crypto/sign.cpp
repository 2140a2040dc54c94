#include "crypto/sign.h"

#include <algorithm>

#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

Bytes concatenated(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) append(out, part);
  return out;
}

}  // namespace

Signature sign(const Ed25519KeyPair& key, std::initializer_list<ByteView> parts) {
  // libsodium's secret key is seed | public key; a seed that is signed under a foreign public
  // key would leak, so both come from one pair.
  Secret expanded(crypto_sign_ed25519_SECRETKEYBYTES);
  const auto after_seed =
      std::ranges::copy(key.secret.view(), expanded.mutable_view().begin()).out;
  std::ranges::copy(key.public_key.view(), after_seed);

  const Bytes message = concatenated(parts);
  Signature out;
  crypto_sign_ed25519_detached(raw(out.mutable_view()), nullptr, raw(ByteView(message)),
                               message.size(), raw(expanded.view()));
  return out;
}

Result<void> verify(const Ed25519PublicKey& key, std::initializer_list<ByteView> parts,
                    const Signature& signature) {
  const Bytes message = concatenated(parts);
  if (crypto_sign_ed25519_verify_detached(raw(signature.view()), raw(ByteView(message)),
                                          message.size(), raw(key.view())) != 0) {
    return fail(Errc::bad_signature,
                "A signature does not match: this was changed on the way, or somebody else "
                "wrote it. Ask its author to send it again.");
  }
  return {};
}

Ed25519ExpandedKey expanded(const Ed25519SecretKey& seed) {
  Ed25519ExpandedKey out;
  const MutableBytes bytes = out.mutable_view();
  crypto_hash_sha512(raw(bytes), raw(seed.view()), seed.view().size());
  bytes[0] &= std::byte{248};
  bytes[31] &= std::byte{63};
  bytes[31] |= std::byte{64};
  return out;
}

bool is_valid(const Ed25519PublicKey& key) {
  return crypto_core_ed25519_is_valid_point(raw(key.view())) == 1;
}

}  // namespace sotto::crypto
