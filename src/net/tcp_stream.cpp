#include "net/tcp_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <utility>

#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using transport::Errc;

// What the kernel takes beyond what is on its way: words that come later wait behind it.
constexpr int unsent_limit = 1 << 17;  // bytes

std::unexpected<Error> failed(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return fail(Errc::closed, "The connection was closed on this side.");
  }
  return fail(Errc::lost, "The connection was lost: " + error.message() + ".");
}

}  // namespace

TcpStream::TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit,
               sizeof unsent_limit);
}

Async<std::size_t> TcpStream::read_some(MutableBytes out) {
  // Asio would wait for ever: the kernel reports an end once.
  if (ended_ && socket_.is_open()) co_return 0;
  const auto [error, n] = co_await socket_.async_read_some(asio::buffer(out.data(), out.size()),
                                                           asio::as_tuple(asio::use_awaitable));
  if (error == asio::error::eof) {
    ended_ = true;
    co_return 0;
  }
  if (error) co_return failed(error);
  co_return n;
}

Async<void> TcpStream::write_all(ByteView data) {
  const auto [error, n] = co_await asio::async_write(
      socket_, asio::buffer(data.data(), data.size()), asio::as_tuple(asio::use_awaitable));
  if (error) co_return failed(error);
  co_return Result<void>();
}

void TcpStream::close() noexcept {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace sotto::net
