// The body of a sealed file (crypto/sealed_file.h): pad(content) under a key that is used for
// this file alone.
//
//   content up to 64 KiB:  XChaCha20-Poly1305 of all of it (+16)
//   over 64 KiB:           header (24) of crypto_secretstream_xchacha20poly1305, then chunks of
//                          64 KiB (+17), the last one shorter or as long and tagged FINAL
//
// Padding keeps the two apart by their length.  The associated data goes with every chunk.
#pragma once
#include "base/entropy.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace sotto::crypto {

// The length of the body of `content_bytes` bytes.
std::size_t sealed_body_bytes(std::size_t content_bytes);

// Writes sealed_body_bytes(content.size()) bytes to `out`.
void seal_body(const SymmetricKey& key, const Nonce24& nonce, ByteView ad, ByteView content,
               Entropy& entropy, MutableBytes out);

// The content, or Errc::file_damaged.
Result<Secret> open_body(const SymmetricKey& key, const Nonce24& nonce, ByteView ad,
                         ByteView body);

}  // namespace sotto::crypto
