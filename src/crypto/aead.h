// ChaCha20-Poly1305 (RFC 8439) for Noise and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03)
// for everything at rest.
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

inline constexpr std::size_t tag_bytes = 16;
using Nonce12 = std::array<std::byte, 12>;
using Nonce24 = std::array<std::byte, 24>;

// Writes plaintext.size() + tag_bytes bytes to `out`.  `out` may start where `plaintext` does.
void chacha20poly1305_encrypt(const SymmetricKey& key, const Nonce12& nonce, ByteView ad,
                              ByteView plaintext, MutableBytes out);
// Writes ciphertext.size() - tag_bytes bytes to `out` (in place allowed), or fails with
// Errc::decryption and leaves zeros there.
Result<void> chacha20poly1305_decrypt(const SymmetricKey& key, const Nonce12& nonce,
                                      ByteView ad, ByteView ciphertext, MutableBytes out);

void xchacha20poly1305_encrypt(const SymmetricKey& key, const Nonce24& nonce, ByteView ad,
                               ByteView plaintext, MutableBytes out);
Result<void> xchacha20poly1305_decrypt(const SymmetricKey& key, const Nonce24& nonce,
                                       ByteView ad, ByteView ciphertext, MutableBytes out);

}  // namespace sotto::crypto
