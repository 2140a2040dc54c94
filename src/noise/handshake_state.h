// HandshakeState (Noise rev 34, section 5.3): walks a pattern's tokens, message by message.
//
// Not a connection: bytes in, bytes out, no framing and no time.  One object serves one
// handshake; finish() consumes it and yields the transport keys, so a half-done handshake
// cannot be used as a channel.  Any error ends it: further calls are a programmer's error.
#pragma once
#include <optional>
#include <vector>

#include "base/entropy.h"
#include "crypto/keys.h"
#include "noise/patterns.h"
#include "noise/symmetric_state.h"

namespace sotto::noise {

enum class Role { initiator, responder };

// What a finished handshake leaves.
struct Transport {
  CipherState send;
  CipherState receive;
  crypto::Hash64 handshake_hash;  // h: a channel binding (section 11.2), not secret
  crypto::SymmetricKey exporter;  // from the final ck: secret (SymmetricState::export_key)
  std::optional<crypto::X25519PublicKey> remote_static;
};

class HandshakeState {
 public:
  struct Keys {
    std::optional<crypto::X25519KeyPair> s;
    std::optional<crypto::X25519KeyPair> e;  // fixed by vectors only; else drawn when written
    std::optional<crypto::X25519PublicKey> rs;
    std::vector<crypto::SymmetricKey> psks;  // in the order of use; may be added later
  };

  // Initialize().  A key that the pattern needs beforehand and `keys` lacks is a programmer's
  // error.
  HandshakeState(const Pattern& pattern, Role role, ByteView prologue, Keys keys);

  bool my_turn() const;   // the next message is ours to write
  bool finished() const;  // every message was written or read

  // The psk that the next psk token takes; for a responder who learns it from message 1.
  void add_psk(crypto::SymmetricKey psk);

  // WriteMessage(payload).  Errc::bad_key, message_length.
  Result<Bytes> write_message(ByteView payload, Entropy& entropy);

  // ReadMessage(message): the payload.  Errc::decryption, bad_key, message_length.
  Result<Bytes> read_message(ByteView message);

  // Bytes that the next message is longer than its payload.
  std::size_t overhead() const;

  const std::optional<crypto::X25519PublicKey>& remote_static() const { return keys_.rs; }
  const crypto::Hash64& handshake_hash() const { return symmetric_.handshake_hash(); }

  // Requires finished().
  Transport finish() &&;

 private:
  Pattern pattern_;
  Role role_;
  Keys keys_;
  std::optional<crypto::X25519PublicKey> re_;
  SymmetricState symmetric_;
  std::size_t next_message_ = 0;
  std::size_t next_psk_ = 0;
  bool failed_ = false;

  Result<Bytes> write_tokens(ByteView payload, Entropy& entropy);
  Result<Bytes> read_tokens(ByteView message);
  void mix_ephemeral(const crypto::X25519PublicKey& e);
  void mix_psk();
  Result<void> mix_dh(Token token);
};

}  // namespace sotto::noise
