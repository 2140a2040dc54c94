// What all listeners wait with.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/async.h"
#include "transport/errors.h"

namespace sotto::net {

inline bool is_descriptor_shortage(const boost::system::error_code& error) {
  return error == boost::asio::error::no_descriptors ||
         error == boost::asio::error::no_memory ||
         error == boost::asio::error::no_buffer_space ||
         error == boost::system::errc::too_many_files_open_in_system;
}

// The next connection.  Waits out a lack of file descriptors and skips connections that broke
// in the queue.  transport's closed once the acceptor was closed.
template <class Protocol>
Async<typename Protocol::socket> accept_next(
    boost::asio::basic_socket_acceptor<Protocol>& acceptor) {
  namespace asio = boost::asio;
  constexpr std::chrono::milliseconds descriptor_pause{100};
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!error) co_return std::move(socket);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
      co_return fail(transport::Errc::closed, "The listener was closed.");
    }
    if (is_descriptor_shortage(error)) {
      asio::steady_timer pause(acceptor.get_executor(), descriptor_pause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

}  // namespace sotto::net
