#include "net/socket_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using transport::Errc;

std::unexpected<Error> failed(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return fail(Errc::closed, "The connection was closed on this side.");
  }
  return fail(Errc::lost, "The connection was lost: " + error.message() + ".");
}

}  // namespace

Async<std::size_t> SocketStream::read_some(MutableBytes out) {
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

Async<void> SocketStream::write_all(ByteView data) {
  // Not asio::async_write, which hands over 65,536 bytes at a time: of the longest record one
  // byte would be left, for a packet and a wake-up of its own.
  while (!data.empty()) {
    const auto [error, n] = co_await socket_.async_write_some(
        asio::buffer(data.data(), data.size()), asio::as_tuple(asio::use_awaitable));
    if (error) co_return failed(error);
    data = data.subspan(n);
  }
  co_return Result<void>();
}

void SocketStream::close() noexcept {
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace sotto::net
