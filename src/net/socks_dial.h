// Connections through tor's SOCKS port; the protocol is tor/socks.h's.
#pragma once
#include "net/socket_stream.h"
#include "net/tor_control.h"
#include "tor/socks.h"
#include "transport/byte_stream.h"

namespace sotto::net {

// To any host: a name is looked up where the circuit ends.
struct ThroughSocks {
  std::string host;  // 1 to 255 bytes
  std::uint16_t port = 0;
  tor::Isolation isolation;
};
struct TorSocket {
  Socket socket;
  Bytes first;  // what came behind tor's answer
};

// One attempt; errors as dial_onion's.  `late` is the sentence when the time is up.
Async<TorSocket> connect_through_tor(boost::asio::any_io_executor executor, TorEndpoint socks,
                                     ThroughSocks target, SteadyTime deadline,
                                     std::string late);

// One attempt.  transport's unreachable (no tor there) and timeout; tor's errors of
// SocksConnect, of which worth_retrying() says whether another attempt may help.
Async<std::unique_ptr<transport::ByteStream>> dial_onion(
    boost::asio::any_io_executor executor, TorEndpoint socks, tor::OnionAddress address,
    std::uint16_t port, tor::Isolation isolation, SteadyTime deadline);

}  // namespace sotto::net
