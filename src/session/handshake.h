// The handshake of a link: Noise_XKpsk3_25519_ChaChaPoly_BLAKE2b between a joiner that knows
// the host's static key and the host (docs/protocol.md section 3).
//
//   joiner                                                    host
//     version (1) | pattern (1) | frame(-> e, es)   {Hello}
//                                       frame(<- e, ee)       {}
//                                 frame(-> s, se, psk)        {JoinerAuth}
//
//   frame = length (2, big-endian) | Noise message padded to 512 bytes
//
// Bytes in, bytes out; the driver (handshake_driver.h) reads, writes and keeps the deadlines.
// Any error ends the handshake; nothing is sent about why.
#pragma once
#include <cstdint>

#include "base/entropy.h"
#include "crypto/card.h"
#include "noise/handshake_state.h"
#include "session/errors.h"
#include "wire/handshake.h"

namespace sotto::session {

inline constexpr std::uint8_t link_version = 1;
enum class LinkPattern : std::uint8_t {
  xk_psk3 = 1,
  xx = 2,       // open_handshake.h
  xx_psk0 = 3,  // the same, after password_exchange.h
};

inline constexpr std::size_t handshake_message_bytes = 512;
inline constexpr std::size_t handshake_frame_bytes = 2 + handshake_message_bytes;
inline constexpr std::size_t first_frame_bytes = 2 + handshake_frame_bytes;

// "sotto link 1" | version | pattern | BLAKE2b-256(host identity_pk | static_pk)
Bytes xk_prologue(const crypto::Ed25519PublicKey& host_identity,
                  const crypto::X25519PublicKey& host_static);

// What a joiner knows of the host, and what it says of itself.
struct JoinerParameters {
  crypto::X25519KeyPair static_key;
  crypto::Ed25519PublicKey host_identity;
  crypto::X25519PublicKey host_static;
  LinkRef ref;
  crypto::SymmetricKey psk;
  wire::JoinerAuth auth;
};

// States: start() -> waiting for message 2 -> done.
class JoinerHandshake {
 public:
  JoinerHandshake(JoinerParameters parameters, Entropy& entropy);

  // first_frame_bytes long.  Errc::handshake when the host's key is no key.
  Result<Bytes> start();

  // Takes message 2's frame (handshake_frame_bytes) and returns message 3's.  Errc::handshake.
  Result<Bytes> answer(ByteView frame);

  // After answer().
  noise::Transport finish() &&;

 private:
  Entropy& entropy_;
  JoinerParameters parameters_;
  noise::HandshakeState noise_;
};

// States: waiting for message 1 -> waiting for the psk -> waiting for message 3 -> done.
class HostHandshake {
 public:
  // `identity_pk` and `static_key` are the host's own.
  HostHandshake(const crypto::Ed25519PublicKey& identity_pk,
                const crypto::X25519KeyPair& static_key, Entropy& entropy);

  // Takes message 1's frame (first_frame_bytes) and returns the ref that it names.  The caller
  // looks it up; if it is unknown, it closes without a byte.  Errc::handshake.
  Result<LinkRef> hello(ByteView frame);

  // The psk that belongs to the ref; returns message 2's frame.
  Result<Bytes> respond(crypto::SymmetricKey psk);

  // Takes message 3's frame (handshake_frame_bytes): who the joiner is.  The card's static key
  // is the one the handshake has proved.  Errc::handshake.
  Result<wire::JoinerAuth> authenticate(ByteView frame);

  // After authenticate().
  noise::Transport finish() &&;

 private:
  Entropy& entropy_;
  noise::HandshakeState noise_;
};

}  // namespace sotto::session
