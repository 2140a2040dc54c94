// Connecting to whichever of several addresses answers first: what tcp.h's dial_tcp() does, as
// a socket.
#pragma once
#include "net/tcp.h"

namespace sotto::net {

struct ConnectedSocket {
  boost::asio::ip::tcp::socket socket;
  HostPort peer;
};

Async<ConnectedSocket> connect_tcp(boost::asio::any_io_executor executor,
                                   std::vector<HostPort> addresses,
                                   std::chrono::steady_clock::time_point deadline);

}  // namespace sotto::net
