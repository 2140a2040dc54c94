// Connections to onion services through tor's SOCKS port; the protocol is tor/socks.h's.
#pragma once
#include "net/tor_control.h"
#include "tor/socks.h"
#include "transport/byte_stream.h"

namespace sotto::net {

// One attempt.  transport's unreachable (no tor there) and timeout; tor's errors of
// SocksConnect, of which worth_retrying() says whether another attempt may help.
Async<std::unique_ptr<transport::ByteStream>> dial_onion(
    boost::asio::any_io_executor executor, TorEndpoint socks, tor::OnionAddress address,
    std::uint16_t port, tor::Isolation isolation, SteadyTime deadline);

}  // namespace sotto::net
