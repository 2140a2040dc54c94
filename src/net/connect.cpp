#include "net/connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/text.h"
#include "net/asio_timer.h"
#include "net/socket_file.h"
#include "net/tcp.h"
#include "transport/deadline.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using Endpoint = asio::generic::stream_protocol::endpoint;
using transport::Errc;

constexpr milliseconds queue_pause{20};

Result<Endpoint> resolve(const std::filesystem::path& path) {
  if (const auto checked = check_socket_path(path); !checked) {
    return fail(Errc::unreachable, checked.error().text());
  }
  return Endpoint(asio::local::stream_protocol::endpoint(path.native()));
}

Result<Endpoint> resolve(const TorPort& port) {
  boost::system::error_code no_literal;
  const auto address = asio::ip::make_address(port.host, no_literal);
  if (no_literal || !address.is_loopback()) {
    return fail(Errc::unreachable,
                "'" + displayable(port.host) +
                    "' is no address of this machine alone. Write 127.0.0.1 or ::1.");
  }
  return Endpoint(asio::ip::tcp::endpoint(address, port.port));
}

// Asio takes a unix socket whose queue is full for one that was connected: it has no peer.
Async<void> attempt(Socket& socket, const Endpoint& endpoint, const std::string& who) {
  AsioTimer timer(socket.get_executor());
  while (true) {
    auto [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (!error) socket.remote_endpoint(error);
    if (!error) co_return Result<void>();
    if (error != asio::error::not_connected) {
      co_return fail(Errc::unreachable,
                     who + " was not reached: " + error.message() + ". Is it running?");
    }
    socket.close(error);
    co_await timer.sleep_until(timer.now() + queue_pause);
  }
}

}  // namespace

std::string to_string(const TorEndpoint& endpoint) {
  if (const auto* path = std::get_if<std::filesystem::path>(&endpoint)) {
    return displayable(path->native());
  }
  const TorPort& port = std::get<TorPort>(endpoint);
  return to_string(HostPort{displayable(port.host), port.port});
}

Async<Socket> connect_here(asio::any_io_executor executor, TorEndpoint endpoint,
                           std::string who, SteadyTime deadline) {
  const auto resolved = std::visit([](const auto& place) { return resolve(place); }, endpoint);
  if (!resolved) co_return std::unexpected(resolved.error());
  who += " at " + to_string(endpoint);
  Socket socket(executor);
  AsioTimer timer(executor);
  const auto connected =
      co_await transport::within(attempt(socket, *resolved, who), timer, deadline,
                                 who + " did not take the connection in time. Does it hang?");
  if (!connected) co_return std::unexpected(connected.error());
  boost::system::error_code no_tcp;
  socket.set_option(asio::ip::tcp::no_delay(true), no_tcp);
  co_return std::move(socket);
}

}  // namespace sotto::net
