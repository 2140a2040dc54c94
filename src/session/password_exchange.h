// The password of an open room, before its handshake: CPace (crypto/cpace.h) makes a psk that
// both sides share if both know the password (docs/protocol.md section 3).
//
//   joiner                                                    host
//     version (1) | pattern (1) | frame(sid (16) | Ya (32))
//                                       frame(Yb (32))
//
//   CI = "sotto link 1" | version | pattern    ADa = "joiner"    ADb = "host"
//
// Neither side learns here whether the other knows the password: Noise_XXpsk0 under the psk
// tells (open_handshake.h), the host by its message 1 and the joiner by its message 2.  Nothing
// that was sent lets anyone try passwords later; whoever takes part may try one.  So a room
// counts what ends in Errc::wrong_password and backs off, and a joiner never tries by itself
// again.
#pragma once
#include "base/secret.h"
#include "crypto/cpace.h"
#include "session/errors.h"

namespace sotto::session {

// The joiner's side.  `password` is the same bytes on both sides.
class PasswordJoiner {
 public:
  PasswordJoiner(const Secret& password, Entropy& entropy);

  // first_frame_bytes.
  Bytes start() const;

  // Takes the host's handshake_frame_bytes and gives the psk.  Errc::handshake.
  Result<crypto::SymmetricKey> finish(ByteView frame) &&;

 private:
  using SessionIdentifier = FixedBytes<struct CpaceSidTag, 16>;

  SessionIdentifier sid_;
  crypto::Cpace cpace_;
};

struct PasswordAnswer {
  Bytes frame;  // for the joiner
  crypto::SymmetricKey psk;
};

// The host's side: takes the joiner's first_frame_bytes.  Errc::handshake.
Result<PasswordAnswer> answer_password(const Secret& password, ByteView first_frame,
                                       Entropy& entropy);

// What a joiner makes of a stream that ends after its message 1: the host has not understood
// it.
Error password_refused();

}  // namespace sotto::session
