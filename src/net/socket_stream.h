// A connected stream socket of any kind, TCP or unix, as a ByteStream.
#pragma once
#include <boost/asio/generic/stream_protocol.hpp>

#include "transport/byte_stream.h"

namespace sotto::net {

using Socket = boost::asio::generic::stream_protocol::socket;

class SocketStream : public transport::ByteStream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {}

  Async<std::size_t> read_some(MutableBytes out) override;
  Async<void> write_all(ByteView data) override;
  void close() noexcept override;

  // For whoever goes on with the socket by itself, when nothing is pending.
  Socket release() { return std::move(socket_); }

 private:
  Socket socket_;
  bool ended_ = false;  // by the peer
};

}  // namespace sotto::net
