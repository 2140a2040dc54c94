// SymmetricState (Noise rev 34, section 5.2) over BLAKE2b: chaining key ck and hash h.
#pragma once
#include <utility>

#include "crypto/hash.h"
#include "noise/cipher_state.h"

namespace sotto::noise {

class SymmetricState {
 public:
  explicit SymmetricState(std::string_view protocol_name);  // InitializeSymmetric

  void mix_key(ByteView input_key_material);
  void mix_hash(ByteView data);
  void mix_key_and_hash(ByteView input_key_material);
  const crypto::Hash64& handshake_hash() const { return h_; }

  // Appends to `out`; errors as CipherState's.
  Result<void> encrypt_and_hash(ByteView plaintext, Bytes& out);
  Result<Bytes> decrypt_and_hash(ByteView ciphertext);

  bool has_key() const { return cipher_.has_key(); }

  // Split(): the initiator's sending state first.
  std::pair<CipherState, CipherState> split() const;

  // A secret of the finished handshake for other uses: the first 32 bytes of HKDF(ck, label).
  // Independent of both transport keys and never derivable from h.  `label` is not empty.
  crypto::SymmetricKey export_key(std::string_view label) const;

 private:
  CipherState cipher_;
  Secret ck_;
  crypto::Hash64 h_;
};

}  // namespace sotto::noise
