// A connected TCP socket as a ByteStream.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "net/socket_stream.h"

namespace sotto::net {

// With TCP_NODELAY, since records are whole when they are written, and with little that the
// system holds back, since nothing can overtake it.
boost::asio::ip::tcp::socket tuned(boost::asio::ip::tcp::socket socket);

class TcpStream final : public SocketStream {
 public:
  explicit TcpStream(boost::asio::ip::tcp::socket socket);
};

}  // namespace sotto::net
