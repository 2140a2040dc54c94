#include "net/tcp_stream.h"

#include <utility>

namespace sotto::net {
namespace {

boost::asio::ip::tcp::socket without_delay(boost::asio::ip::tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  return socket;
}

}  // namespace

TcpStream::TcpStream(boost::asio::ip::tcp::socket socket)
    : SocketStream(Socket(without_delay(std::move(socket)))) {}

}  // namespace sotto::net
