#include "net/tcp_stream.h"

#include <netinet/tcp.h>
#include <utility>

namespace sotto::net {
namespace {

// What the kernel takes beyond what is on its way: words that come later wait behind it.
constexpr int unsent_limit = 1 << 17;  // bytes

}  // namespace

boost::asio::ip::tcp::socket tuned(boost::asio::ip::tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit,
               sizeof unsent_limit);
  return socket;
}

TcpStream::TcpStream(boost::asio::ip::tcp::socket socket)
    : SocketStream(Socket(tuned(std::move(socket)))) {}

}  // namespace sotto::net
