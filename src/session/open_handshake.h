// The handshake of rooms that are open, for a joiner who has an address and no connection file:
// Noise_XX, or Noise_XXpsk0 in a room with a password (docs/protocol.md section 3).
//
//   joiner                                                    host
//     [password_exchange.h, in a room with a password]
//     version (1) | pattern (1) | frame(-> e)                         {}
//                                 frame(<- e, ee, s, es)              {Card}
//                                       frame(-> s, se)               {JoinerAuth}
//
//   After a password exchange, which has sent the first two bytes, message 1 is
//   frame(-> psk, e) alone.  Frames: handshake_frame.h.  Prologue: open_prologue().
//
//   after       the joiner knows                          the host knows
//   message 1   nothing                                   nothing; with a psk, that the joiner
//                                                         knows the password
//   message 2   the host's card, and that its static key  nothing more
//               is there; with a psk, that the host
//               knows the password
//   message 3   nothing more                              the joiner's card, and that its
//                                                         static key is there
//
// A joiner comes twice.  OpenPeek reads the card and says nothing of itself: the driver closes
// and a person looks at the fingerprint.  OpenJoinerHandshake comes with that card, and sends
// its own to nobody else.
//
//   OpenPeek:             start() -> waiting for message 2 -> read_card() -> over
//   OpenJoinerHandshake:  start() -> waiting for message 2 -> answer() -> finish()
//   OpenHostHandshake:    waiting for message 1 -> answer()
//                           -> waiting for message 3 -> authenticate() -> finish()
//
// Any error ends the handshake; nothing is sent about why.  A host that has a password takes no
// connection without one (link_pattern() tells), else it would be for nothing.
#pragma once
#include <optional>

#include "crypto/card.h"
#include "noise/handshake_state.h"
#include "session/handshake_frame.h"
#include "wire/handshake.h"

namespace sotto::session {

// What a password exchange has given; nothing where the room has no password.
using OpenPsk = std::optional<crypto::SymmetricKey>;

class OpenPeek {
 public:
  OpenPeek(OpenPsk psk, Entropy& entropy);

  // Message 1: first_frame_bytes, or handshake_frame_bytes with a psk.
  Bytes start();

  // Takes message 2's handshake_frame_bytes.  The card is genuine and its static key is the one
  // that the handshake has proved; whose card it is, a person must say.  Errc::handshake.
  Result<crypto::Card> read_card(ByteView frame);

 private:
  Entropy& entropy_;
  LinkPattern pattern_;
  noise::HandshakeState noise_;
};

struct OpenJoinerParameters {
  OpenPsk psk;
  crypto::Card host;                 // whom to join: its keys, whatever its name
  crypto::X25519KeyPair static_key;  // the joiner's own
  wire::JoinerAuth auth;
};

class OpenJoinerHandshake {
 public:
  OpenJoinerHandshake(OpenJoinerParameters parameters, Entropy& entropy);

  // Message 1, as OpenPeek's.
  Bytes start();

  // Takes message 2's frame and returns message 3's, both handshake_frame_bytes, if the card
  // has the keys of the one expected.  Errc::other_card when it has not, which no second try
  // mends; Errc::handshake.
  Result<Bytes> answer(ByteView frame);

  // After answer().
  noise::Transport finish() &&;

 private:
  Entropy& entropy_;
  LinkPattern pattern_;
  OpenJoinerParameters parameters_;
  noise::HandshakeState noise_;
};

class OpenHostHandshake {
 public:
  // `card` and `static_key` are the host's own.
  OpenHostHandshake(const crypto::Card& card, const crypto::X25519KeyPair& static_key,
                    OpenPsk psk, Entropy& entropy);

  // Takes message 1 as start() makes it and returns message 2's handshake_frame_bytes.
  // Errc::handshake; Errc::wrong_password when the joiner's psk is another: close without a
  // word, and count it.
  Result<Bytes> answer(ByteView frame);

  // Takes message 3's handshake_frame_bytes: who the joiner is.  The card's static key is the
  // one the handshake has proved.  Errc::handshake.
  Result<wire::JoinerAuth> authenticate(ByteView frame);

  // After authenticate().
  noise::Transport finish() &&;

 private:
  Entropy& entropy_;
  LinkPattern pattern_;
  crypto::Card card_;
  noise::HandshakeState noise_;
};

}  // namespace sotto::session
