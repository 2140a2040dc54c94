#include "net/relay_route.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "base/text.h"
#include "net/asio_timer.h"
#include "net/errors.h"
#include "net/socks_dial.h"
#include "net/tcp_connect.h"
#include "net/tcp_stream.h"
#include "transport/deadline.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;

Async<Socket> directly(asio::any_io_executor executor, HostPort at, SteadyTime deadline,
                       DialErrc unreachable, std::string who) {
  std::vector<HostPort> alone{at};
  auto connected = co_await connect_tcp(executor, std::move(alone), deadline);
  if (!connected && connected.error().is(transport::Errc::closed)) co_return pass(connected);
  if (!connected) {
    co_return fail(unreachable, who + " at " + displayable(to_string(at)) +
                                    " is not reached. " + connected.error().text());
  }
  co_return Socket(tuned(std::move(connected->socket)));
}

Async<void> open_tunnel(SocketStream& stream, HttpConnect& tunnel) {
  const Secret request = tunnel.start();
  const auto written = co_await stream.write_all(request.view());
  if (!written) co_return std::unexpected(tunnel.on_close());
  while (true) {
    std::array<std::byte, 4096> buffer;
    const auto size = co_await stream.read_some(buffer);
    if (!size || *size == 0) co_return std::unexpected(tunnel.on_close());
    const auto open = tunnel.on_bytes(ByteView(buffer).first(*size));
    if (!open) co_return std::unexpected(open.error());
    if (*open) co_return Result<void>();
  }
}

Async<Socket> through_proxy(asio::any_io_executor executor, HostPort at, ThroughProxy route,
                            SteadyTime deadline) {
  auto socket = co_await directly(executor, route.proxy, deadline, DialErrc::proxy_unreachable,
                                  "The proxy");
  if (!socket) co_return pass(socket);
  const std::string proxy = to_string(route.proxy);
  HttpConnect tunnel(to_string(at), proxy, route.user);
  SocketStream stream(std::move(*socket));
  AsioTimer timer(executor);
  auto open = co_await transport::within(open_tunnel(stream, tunnel), timer, deadline, "Late.");
  if (!open && open.error().is(transport::Errc::timeout)) {
    co_return fail(DialErrc::proxy_unreachable,
                   "The proxy " + displayable(proxy) +
                       " did not connect in time. Is the relay reachable from there?");
  }
  if (!open) co_return pass(open);
  co_return stream.release();
}

Async<Socket> through_tor(asio::any_io_executor executor, HostPort at, ThroughTor route,
                          SteadyTime deadline) {
  const std::string where = displayable(to_string(at));
  ThroughSocks target{std::move(at.host), at.port, std::move(route.isolation)};
  auto opened =
      co_await connect_through_tor(executor, std::move(route.socks), std::move(target),
                                   deadline, "Tor did not reach the relay in time.");
  if (!opened) co_return pass(opened);
  if (!opened->first.empty()) {
    co_return fail(DialErrc::no_relay, "What answers at " + where +
                                           " is no relay: it speaks before it is spoken to.");
  }
  co_return std::move(opened->socket);
}

}  // namespace

Async<Socket> connect_to_relay(asio::any_io_executor executor, HostPort at,
                               WebSocketRoute route, SteadyTime deadline) {
  if (auto* proxy = std::get_if<ThroughProxy>(&route)) {
    co_return co_await through_proxy(executor, std::move(at), std::move(*proxy), deadline);
  }
  if (auto* tor = std::get_if<ThroughTor>(&route)) {
    co_return co_await through_tor(executor, std::move(at), std::move(*tor), deadline);
  }
  co_return co_await directly(executor, std::move(at), deadline, DialErrc::relay_unreachable,
                              "The relay");
}

}  // namespace sotto::net
