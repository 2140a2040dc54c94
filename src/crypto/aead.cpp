#include "crypto/aead.h"

#include <cassert>

#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

std::unexpected<Error> not_authentic() {
  return fail(Errc::decryption,
              "These bytes do not decrypt: they were changed on the way or sealed with another "
              "key. Ask for them again.");
}

}  // namespace

void chacha20poly1305_encrypt(const SymmetricKey& key, const Nonce12& nonce, ByteView ad,
                              ByteView plaintext, MutableBytes out) {
  assert(out.size() >= plaintext.size() + tag_bytes);
  crypto_aead_chacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(plaintext), plaintext.size(),
                                            raw(ad), ad.size(), nullptr, raw(ByteView(nonce)),
                                            raw(key.view()));
}

Result<void> chacha20poly1305_decrypt(const SymmetricKey& key, const Nonce12& nonce,
                                      ByteView ad, ByteView ciphertext, MutableBytes out) {
  if (ciphertext.size() < tag_bytes) return not_authentic();
  assert(out.size() >= ciphertext.size() - tag_bytes);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(ciphertext),
                                                ciphertext.size(), raw(ad), ad.size(),
                                                raw(ByteView(nonce)), raw(key.view())) != 0) {
    return not_authentic();
  }
  return {};
}

void xchacha20poly1305_encrypt(const SymmetricKey& key, const Nonce24& nonce, ByteView ad,
                               ByteView plaintext, MutableBytes out) {
  assert(out.size() >= plaintext.size() + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(plaintext),
                                             plaintext.size(), raw(ad), ad.size(), nullptr,
                                             raw(ByteView(nonce)), raw(key.view()));
}

Result<void> xchacha20poly1305_decrypt(const SymmetricKey& key, const Nonce24& nonce,
                                       ByteView ad, ByteView ciphertext, MutableBytes out) {
  if (ciphertext.size() < tag_bytes) return not_authentic();
  assert(out.size() >= ciphertext.size() - tag_bytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(ciphertext),
                                                 ciphertext.size(), raw(ad), ad.size(),
                                                 raw(ByteView(nonce)), raw(key.view())) != 0) {
    return not_authentic();
  }
  return {};
}

}  // namespace sotto::crypto
