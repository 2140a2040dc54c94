// Drives a handshake over a stream, within its time limits (docs/protocol.md section 3).
#pragma once
#include <optional>
#include <variant>

#include "session/handshake.h"
#include "session/pace.h"
#include "transport/byte_stream.h"
#include "transport/timer.h"

namespace sotto::session {

// What the host finds out about a ref while the joiner waits: the psk, or an error to close
// silently.
class RefLookup {
 public:
  virtual ~RefLookup() = default;
  // Called once message 1 has decrypted.
  virtual Async<crypto::SymmetricKey> psk_of(const LinkRef& ref) = 0;
};

struct AcceptedLink {
  noise::Transport transport;
  std::optional<LinkRef> ref;  // nothing: came in by the open door
  wire::JoinerAuth auth;
};

class OpenDoor;  // open_driver.h

// The host's own.
struct HostKeys {
  const crypto::Card& card;
  const crypto::X25519KeyPair& static_key;
};

// The host's side.  Not a byte is sent before message 1 has decrypted and its ref is known; to
// strangers, who bring no ref, only where there is an open door, which may be null, and it is
// open for what they ask.  Errc::handshake, wrong_password; transport's timeout and lost.
Async<AcceptedLink> accept_link(transport::ByteStream& stream, transport::Timer& timer,
                                const HostKeys& host, RefLookup& lookup, OpenDoor* open_door,
                                Entropy& entropy, const Pace& pace = direct_pace);

// The joiner's side up to and with message 3.  Errors as above.
Async<noise::Transport> connect_link(transport::ByteStream& stream, transport::Timer& timer,
                                     JoinerParameters parameters, Entropy& entropy,
                                     const Pace& pace = direct_pace);

// The host's first frame, read from a link that connect_link() has made.
using Reception = std::variant<wire::Welcome, wire::RefusedReason>;
Async<Reception> read_reception(transport::ByteStream& stream, transport::Timer& timer,
                                Link& link, const Pace& pace = direct_pace);

}  // namespace sotto::session
