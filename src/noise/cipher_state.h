// CipherState (Noise rev 34, section 5.1) for ChaChaPoly: a key and a message counter.
#pragma once
#include <cstdint>
#include <optional>

#include "crypto/keys.h"
#include "noise/errors.h"

namespace sotto::noise {

inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t message_limit = 65535;  // bytes, section 3

class CipherState {
 public:
  CipherState() = default;                         // InitializeKey(empty)
  explicit CipherState(crypto::SymmetricKey key);  // InitializeKey(k)

  bool has_key() const { return key_.has_value(); }
  std::uint64_t nonce() const { return nonce_; }
  void set_nonce(std::uint64_t nonce) { nonce_ = nonce; }  // SetNonce; tests and vectors only

  // EncryptWithAd: writes plaintext.size() bytes (+ tag_bytes with a key) to `out`, in place
  // allowed; returns that length.  Errc::nonce_exhausted.
  Result<std::size_t> encrypt_with_ad(ByteView ad, ByteView plaintext, MutableBytes out);

  // DecryptWithAd: the reverse; on failure the counter stays.  Errc::decryption,
  // message_length, nonce_exhausted.
  Result<std::size_t> decrypt_with_ad(ByteView ad, ByteView ciphertext, MutableBytes out);

  // REKEY(k) of section 4.2: the counter goes on.
  void rekey();

 private:
  std::optional<crypto::SymmetricKey> key_;
  std::uint64_t nonce_ = 0;
};

}  // namespace sotto::noise
