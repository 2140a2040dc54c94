// A connected TCP socket as a ByteStream.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "transport/byte_stream.h"

namespace sotto::net {

class TcpStream final : public transport::ByteStream {
 public:
  // Sets TCP_NODELAY, since records are whole when they are written, and keeps what the system
  // holds back small, since nothing can overtake it.
  explicit TcpStream(boost::asio::ip::tcp::socket socket);

  Async<std::size_t> read_some(MutableBytes out) override;
  Async<void> write_all(ByteView data) override;
  void close() noexcept override;

 private:
  boost::asio::ip::tcp::socket socket_;
  bool ended_ = false;  // by the peer
};

}  // namespace sotto::net
