// Drives what is said at the door of an open room over a stream (docs/protocol.md section 3,
// "Open rooms"): password_exchange.h where there is a password, then open_handshake.h.  The
// host's side of the dispatch is handshake_driver.h's.
#pragma once
#include <optional>

#include "session/handshake_driver.h"
#include "session/open_handshake.h"
#include "session/password_backoff.h"

namespace sotto::session {

// The door of an open room: everybody may come in, or everybody who knows the password.  Shared
// by the connections of the room, on one loop.
class OpenDoor {
 public:
  explicit OpenDoor(std::optional<Secret> password) : password_(std::move(password)) {}

  const std::optional<Secret>& password() const { return password_; }
  PasswordBackoff& tries() { return tries_; }

 private:
  std::optional<Secret> password_;
  PasswordBackoff tries_;
};

// The host's side after the first frame, which asks for `pattern`, one of the open ones.
// Errc::handshake, without a byte, where the door is not for this pattern or is closed for now;
// Errc::wrong_password, without a word, after a wrong one; transport's lost.  Keeps no limit of
// time.
Async<AcceptedLink> accept_at_open_door(transport::ByteStream& stream, transport::Timer& timer,
                                        LinkPattern pattern, ByteView first_frame,
                                        const HostKeys& host, OpenDoor& door, Entropy& entropy);

// The joiner's first visit: reads the host's card, says nothing of itself, and closes the
// stream.  `password` null: the room has none.
//
// Errc::not_open when the host closes without a word; Errc::wrong_password when it does so at
// the password (never to be tried again by a program); handshake; transport's timeout.
Async<crypto::Card> peek_link(transport::ByteStream& stream, transport::Timer& timer,
                              const Secret* password, Entropy& entropy,
                              const Pace& pace = direct_pace);

// The second, up to and with message 3, which goes to the host of `parameters` only; their psk
// comes from the password.  Errors as above.
Async<noise::Transport> connect_open_link(transport::ByteStream& stream,
                                          transport::Timer& timer,
                                          OpenJoinerParameters parameters,
                                          const Secret* password, Entropy& entropy,
                                          const Pace& pace = direct_pace);

}  // namespace sotto::session
