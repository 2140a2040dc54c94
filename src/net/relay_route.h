// A connected socket to a relay, by each of the ways there are, before TLS.
#pragma once
#include "net/socket_stream.h"
#include "net/web_socket.h"

namespace sotto::net {

// DialErrc::relay_unreachable, proxy_*; those of WebSocket::dial.
Async<Socket> connect_to_relay(boost::asio::any_io_executor executor, HostPort at,
                               WebSocketRoute route, SteadyTime deadline);

}  // namespace sotto::net
