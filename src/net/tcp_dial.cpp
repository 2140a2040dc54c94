#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "net/tcp.h"
#include "net/tcp_stream.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using transport::Errc;

constexpr std::chrono::milliseconds stagger{
    250};  // RFC 8305 section 5, connection attempt delay

// One race.  Owned by every coroutine that runs in it; the first connection wins.
struct Race {
  explicit Race(const asio::any_io_executor& executor) : changed(executor) {
    changed.expires_at(std::chrono::steady_clock::time_point::max());
  }

  void lost_one(const HostPort& address, const std::string& why) {
    failures += (failures.empty() ? "" : "; ") + to_string(address) + ": " + why;
    --running;
    changed.cancel();
  }

  asio::steady_timer changed;
  std::vector<std::shared_ptr<tcp::socket>> sockets;  // of attempts under way
  std::optional<TcpConnection> winner;
  std::size_t running = 0;
  std::string failures;
};

asio::awaitable<void> attempt(std::shared_ptr<Race> race, HostPort address) {
  const auto executor = co_await asio::this_coro::executor;
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(address.host, no_literal);
  std::vector<tcp::endpoint> endpoints;
  if (!no_literal) {
    endpoints.emplace_back(literal, address.port);
  } else {
    tcp::resolver resolver(executor);
    const auto [error, results] = co_await resolver.async_resolve(
        address.host, std::to_string(address.port), asio::as_tuple(asio::use_awaitable));
    if (error) {
      race->lost_one(address, "the name does not resolve (" + error.message() + ")");
      co_return;
    }
    for (const auto& result : results) endpoints.push_back(result.endpoint());
  }
  std::string why = "no address";
  for (const auto& endpoint : endpoints) {
    if (race->winner) co_return;
    const auto socket = std::make_shared<tcp::socket>(executor);
    race->sockets.push_back(socket);
    const auto [error] =
        co_await socket->async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (race->winner) co_return;
    if (!error) {
      race->winner = TcpConnection{std::make_unique<TcpStream>(std::move(*socket)), address};
      race->changed.cancel();
      co_return;
    }
    why = error.message();
  }
  race->lost_one(address, why);
}

}  // namespace

std::string to_string(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Async<TcpConnection> dial_tcp(asio::any_io_executor executor, std::vector<HostPort> addresses,
                              std::chrono::steady_clock::time_point deadline) {
  if (addresses.empty()) {
    co_return fail(Errc::unreachable,
                   "The connection file names no address to reach directly.");
  }
  const auto race = std::make_shared<Race>(executor);
  std::deque<HostPort> waiting(addresses.begin(), addresses.end());
  auto next_start = std::chrono::steady_clock::now();
  while (!race->winner) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) break;
    if (!waiting.empty() && (race->running == 0 || now >= next_start)) {
      ++race->running;
      next_start = now + stagger;
      asio::co_spawn(executor, attempt(race, waiting.front()), asio::detached);
      waiting.pop_front();
    }
    if (waiting.empty() && race->running == 0) break;
    race->changed.expires_at(waiting.empty() ? deadline : std::min(deadline, next_start));
    co_await race->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  boost::system::error_code ignored;
  for (const auto& socket : race->sockets) socket->close(ignored);
  if (race->winner) co_return std::move(*race->winner);
  if (race->running > 0 && std::chrono::steady_clock::now() >= deadline) {
    race->winner.emplace();  // whoever still connects comes too late
    co_return fail(Errc::timeout, "No answer in time from " + to_string(addresses.front()) +
                                      (addresses.size() > 1 ? " or the other addresses" : "") +
                                      ". Is the host running, and is its port open?");
  }
  co_return fail(Errc::unreachable, "The host was not reached (" + race->failures +
                                        "). Is it running, and is its port open?");
}

}  // namespace sotto::net
