// A connected socket to a relay, by each of the ways there are, before TLS.
#pragma once
#include "net/socket_stream.h"
#include "net/web_socket.h"

namespace sotto::net {

struct RawConnection {
  Socket socket;
  Bytes first;  // what came behind a proxy's answer
};

// DialErrc::relay_unreachable, proxy_*; those of WebSocket::dial.
Async<RawConnection> connect_to_relay(boost::asio::any_io_executor executor, HostPort at,
                                      WebSocketRoute route, SteadyTime deadline);

}  // namespace sotto::net
