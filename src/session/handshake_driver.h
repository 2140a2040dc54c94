// Drives a handshake over a stream, within its time limits (docs/protocol.md section 3).
#pragma once
#include <variant>

#include "session/handshake.h"
#include "session/link.h"
#include "transport/byte_stream.h"
#include "transport/timer.h"

namespace sotto::session {

inline constexpr milliseconds hello_limit{2'000};       // until message 1 is there
inline constexpr milliseconds handshake_limit{10'000};  // for the whole

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
  LinkRef ref;
  wire::JoinerAuth auth;
};

// The host's side.  Not a byte is sent before message 1 has decrypted and its ref is known.
// Errc::handshake; transport's timeout and lost.
Async<AcceptedLink> accept_link(transport::ByteStream& stream, transport::Timer& timer,
                                const crypto::Ed25519PublicKey& identity_pk,
                                const crypto::X25519KeyPair& static_key, RefLookup& lookup,
                                Entropy& entropy);

// The joiner's side up to and with message 3.  Errors as above.
Async<noise::Transport> connect_link(transport::ByteStream& stream, transport::Timer& timer,
                                     JoinerParameters parameters, Entropy& entropy);

// The host's first frame, read from a link that connect_link() has made.
using Reception = std::variant<wire::Welcome, wire::RefusedReason>;
Async<Reception> read_reception(transport::ByteStream& stream, transport::Timer& timer,
                                Link& link);

}  // namespace sotto::session
