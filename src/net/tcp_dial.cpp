#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <list>

#include "net/lookup.h"
#include "net/tcp_connect.h"
#include "net/tcp_stream.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using transport::Errc;

constexpr std::chrono::milliseconds stagger{
    250};  // RFC 8305 section 5, connection attempt delay

constexpr std::size_t addresses_of_a_name = 8;  // more than that are not tried

struct Candidate {
  HostPort address;
  std::optional<tcp::endpoint> endpoint;  // none: a name that is to be resolved
};

Candidate to_candidate(HostPort address) {
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(address.host, no_literal);
  if (no_literal) return {std::move(address), std::nullopt};
  const std::uint16_t port = address.port;
  return {std::move(address), tcp::endpoint(literal, port)};
}

// One race.  Owned by every coroutine that runs in it; the first connection wins.
struct Race {
  Race(const asio::any_io_executor& executor, SteadyTime until)
      : deadline(until), changed(executor) {
    changed.expires_at(std::chrono::steady_clock::time_point::max());
  }

  void lost_one(const HostPort& address, const std::string& why) {
    failures += (failures.empty() ? "" : "; ") + to_string(address) + ": " + why;
    --running;
    changed.cancel();
  }

  // Whoever still connects comes too late.
  void end() {
    over = true;
    boost::system::error_code ignored;
    for (const auto& socket : sockets) socket->close(ignored);
    for (auto& lookup : lookups) lookup.emit(asio::cancellation_type::terminal);
  }

  SteadyTime deadline;
  asio::steady_timer changed;
  std::deque<Candidate> waiting;
  std::vector<std::shared_ptr<tcp::socket>> sockets;  // of attempts under way
  std::list<asio::cancellation_signal> lookups;
  std::optional<ConnectedSocket> winner;
  bool over = false;
  std::size_t running = 0;
  std::size_t names_without_address = 0;
  std::string failures;
};

// Ends the race when the coroutine that holds it ends, in whatever way.
struct Finish {
  std::shared_ptr<Race> race;
  explicit Finish(std::shared_ptr<Race> its_race) : race(std::move(its_race)) {}
  Finish(const Finish&) = delete;
  Finish& operator=(const Finish&) = delete;
  ~Finish() { race->end(); }
};

// The addresses of the name take its place among those that wait for their turn.
asio::awaitable<void> resolve(std::shared_ptr<Race> race, HostPort name) {
  const auto executor = co_await asio::this_coro::executor;
  const auto endpoints = co_await look_up(executor, name.host, name.port, race->deadline);
  if (race->over) co_return;
  if (!endpoints) {
    ++race->names_without_address;
    race->lost_one(name, endpoints.error().text());
    co_return;
  }
  std::vector<Candidate> found;
  for (const auto& endpoint : *endpoints) {
    if (found.size() < addresses_of_a_name) found.push_back({name, endpoint});
  }
  race->waiting.insert(race->waiting.begin(), found.begin(), found.end());
  --race->running;
  race->changed.cancel();
}

asio::awaitable<void> connect(std::shared_ptr<Race> race, Candidate candidate) {
  const auto socket = std::make_shared<tcp::socket>(co_await asio::this_coro::executor);
  race->sockets.push_back(socket);
  const auto [error] =
      co_await socket->async_connect(*candidate.endpoint, asio::as_tuple(asio::use_awaitable));
  if (race->over || race->winner) co_return;
  if (error) {
    race->lost_one(candidate.address, error.message());
    co_return;
  }
  race->winner.emplace(std::move(*socket), candidate.address);
  race->changed.cancel();
}

void start_next(const asio::any_io_executor& executor, const std::shared_ptr<Race>& race) {
  Candidate candidate = std::move(race->waiting.front());
  race->waiting.pop_front();
  ++race->running;
  if (candidate.endpoint) {
    asio::co_spawn(executor, connect(race, std::move(candidate)), asio::detached);
    return;
  }
  const auto slot = race->lookups.emplace_back().slot();
  asio::co_spawn(executor, resolve(race, std::move(candidate.address)),
                 asio::bind_cancellation_slot(slot, asio::detached));
}

}  // namespace

std::string to_string(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Async<TcpConnection> dial_tcp(asio::any_io_executor executor, std::vector<HostPort> addresses,
                              std::chrono::steady_clock::time_point deadline) {
  auto connected = co_await connect_tcp(executor, std::move(addresses), deadline);
  if (!connected) co_return pass(connected);
  TcpConnection connection{std::make_unique<TcpStream>(std::move(connected->socket)),
                           std::move(connected->peer)};
  co_return std::move(connection);
}

Async<ConnectedSocket> connect_tcp(asio::any_io_executor executor,
                                   std::vector<HostPort> addresses,
                                   std::chrono::steady_clock::time_point deadline) {
  if (addresses.empty()) {
    co_return fail(Errc::unreachable,
                   "The connection file names no address to reach directly.");
  }
  const auto race = std::make_shared<Race>(executor, deadline);
  const Finish finish(race);
  for (const HostPort& address : addresses) race->waiting.push_back(to_candidate(address));
  auto next_start = std::chrono::steady_clock::now();
  while (!race->winner) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || (race->waiting.empty() && race->running == 0)) break;
    if (!race->waiting.empty() && (race->running == 0 || now >= next_start)) {
      next_start = now + stagger;
      start_next(executor, race);
    }
    race->changed.expires_at(race->waiting.empty() ? deadline : std::min(deadline, next_start));
    co_await race->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return fail(Errc::closed, "The attempt to connect was ended.");
    }
  }
  if (race->winner) co_return std::move(*race->winner);
  if (race->running > 0 || !race->waiting.empty()) {
    co_return fail(Errc::timeout, "No answer in time from " + to_string(addresses.front()) +
                                      (addresses.size() > 1 ? " or the other addresses" : "") +
                                      ". Is the host running, and is its port open?");
  }
  if (race->names_without_address == addresses.size()) {
    co_return fail(Errc::name, "No address was found for the host (" + race->failures +
                                   "). Check its spelling and that this machine is online.");
  }
  co_return fail(Errc::unreachable, "The host was not reached (" + race->failures +
                                        "). Is it running, and is its port open?");
}

}  // namespace sotto::net
