// A connected TCP socket as a ByteStream.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "net/socket_stream.h"

namespace sotto::net {

class TcpStream final : public SocketStream {
 public:
  // Sets TCP_NODELAY, since records are whole when they are written, and keeps what the system
  // holds back small, since nothing can overtake it.
  explicit TcpStream(boost::asio::ip::tcp::socket socket);
};

}  // namespace sotto::net
