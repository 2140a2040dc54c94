// One way to a host, taken: a connection and what to call the way.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/tcp.h"
#include "node/runtime.h"
#include "session/pace.h"
#include "wire/connection_file.h"

namespace sotto::node {

struct Dialed {
  std::unique_ptr<transport::ByteStream> stream;
  std::string route;                  // "direct", "onion", "relay"
  std::string address;                // as a person reads it
  std::optional<net::HostPort> peer;  // which of several direct addresses has answered
  const session::Pace* pace;          // how patient to be over it; static
};

// By TCP, to whichever of the addresses answers first.  net::dial_tcp()'s errors.
Async<Dialed> dial_direct(Runtime& runtime, std::vector<net::HostPort> addresses,
                          SteadyTime deadline);

// Through Tor; starts it if needed.  TorManager::dial()'s errors, those of a bad address.
Async<Dialed> dial_onion(Runtime& runtime, wire::OnionAddress address, tor::Isolation isolation,
                         SteadyTime deadline);

// Spliced by a relay with whoever holds the slot there; under `over_tor` through Tor's SOCKS
// port, which starts it if needed.  Errors of relay_splice(); tor's.
Async<Dialed> dial_relay(Runtime& runtime, wire::RelaySlot slot, bool over_tor,
                         SteadyTime deadline);

// The port of our onion services, where none is named.
inline constexpr std::uint16_t onion_port = 9735;

}  // namespace sotto::node
