#include "relay/server.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <thread>

#include "relay/admin.h"
#include "relay/house.h"
#include "relay/ports.h"
#include "relay/session.h"
#include "store/connection.h"

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);

// Descriptors that are not connections: ports, the store, logs, /proc.
constexpr std::size_t other_descriptors = 96;
constexpr milliseconds look_at_memory{250};
constexpr seconds forget_blocks{10};
constexpr std::chrono::minutes expire{10};
constexpr milliseconds look_at_drain{50};
constexpr seconds farewell{2};    // for those that were told to go, when nothing is spliced
constexpr seconds last_words{3};  // for coroutines, when all is closed
constexpr std::chrono::days warn_before{14};

struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  const bool is_v6 = endpoint.address.find(':') != std::string::npos;
  return (is_v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
         std::to_string(endpoint.port);
}

// The house goes last: what is left of coroutines on the loops refers to it.
struct Server::State {
  State(ServerOptions its_options, Entropy& entropy, Journal::Sink sink)
      : options(std::move(its_options)),
        house(options.limits, entropy, std::move(sink), options.log_addresses) {}

  Result<void> open_ports();
  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  asio::awaitable<void> watch_memory();
  asio::awaitable<void> sweep_store();
  asio::awaitable<void> see_everybody_off(std::function<void()> done);
  asio::awaitable<std::string> metrics_page();
  asio::awaitable<std::string> trouble();
  void take_in(tcp::socket socket);
  void end_connections();
  void warn_of_expiry();

  ServerOptions options;
  House house;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<tcp::acceptor> acceptors;  // on the first loop, as all that is not a connection
  std::optional<tcp::acceptor> admin_acceptor;
  AdminPages pages;
  std::size_t dealt = 0;
  std::int64_t started = 0;
  bool stopped = false;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Entropy& entropy,
                                             Journal::Sink sink) {
  const std::size_t descriptors = raise_descriptor_limit();
  if (options.limits.connections == 0) {
    options.limits.connections =
        std::max(descriptors, 2 * other_descriptors) - other_descriptors;
  }
  auto state = std::make_unique<State>(std::move(options), entropy, std::move(sink));
  auto context = tls::ServerContext::load(state->options.certificate, state->options.key);
  if (!context) return pass(context);
  state->house.tls = std::move(*context);
  if (state->options.tokens) {
    auto tokens = AccessTokens::load(*state->options.tokens);
    if (!tokens) return pass(tokens);
    state->house.tokens = std::make_shared<const AccessTokens>(std::move(*tokens));
  }
  const unsigned threads = state->options.threads > 0
                               ? state->options.threads
                               : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) state->loops.push_back(std::make_unique<Loop>());
  if (auto ports = state->open_ports(); !ports) return pass(ports);
  auto store = Store::open(state->options.store, entropy);
  if (!store) return pass(store);
  state->house.store = std::move(*store);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Result<void> Server::State::open_ports() {
  const asio::any_io_executor first = loops.front()->context.get_executor();
  for (const Endpoint& endpoint : options.listen) {
    auto acceptor = listen_on(first, endpoint, "--listen");
    if (!acceptor) return pass(acceptor);
    acceptors.push_back(std::move(*acceptor));
  }
  if (options.admin) {
    assert(asio::ip::make_address(options.admin->address).is_loopback());
    auto acceptor = listen_on(first, *options.admin, "--admin");
    if (!acceptor) return pass(acceptor);
    admin_acceptor = std::move(*acceptor);
  }
  return {};
}

void Server::start() {
  State& state = *state_;
  state.started = unix_ms(wall_now()) / 1000;
  asio::io_context& first = state.loops.front()->context;
  for (tcp::acceptor& acceptor : state.acceptors) {
    asio::co_spawn(first, state.accept(acceptor), asio::detached);
  }
  if (state.admin_acceptor) {
    state.pages = {.metrics = [&state] { return state.metrics_page(); },
                   .trouble = [&state] { return state.trouble(); }};
    asio::co_spawn(first, serve_admin(*state.admin_acceptor, state.pages), asio::detached);
  }
  asio::co_spawn(first, state.watch_memory(), asio::detached);
  asio::co_spawn(first, state.sweep_store(), asio::detached);
  state.warn_of_expiry();
  for (const auto& loop : state.loops) {
    loop->thread = std::thread([&context = loop->context] { context.run(); });
  }
}

std::vector<std::string> Server::listening() const {
  std::vector<std::string> out;
  for (const tcp::acceptor& acceptor : state_->acceptors) {
    boost::system::error_code ignored;
    const auto at = acceptor.local_endpoint(ignored);
    out.push_back(to_string(Endpoint{at.address().to_string(), at.port()}));
  }
  return out;
}

std::optional<std::string> Server::admin() const {
  if (!state_->admin_acceptor) return std::nullopt;
  boost::system::error_code ignored;
  const auto at = state_->admin_acceptor->local_endpoint(ignored);
  return to_string(Endpoint{at.address().to_string(), at.port()});
}

tls::SpkiHash Server::spki() const {
  return state_->house.tls->spki();
}

// --- connections

asio::awaitable<void> Server::State::accept(tcp::acceptor& acceptor) {
  while (true) {
    asio::io_context& next = loops[dealt++ % loops.size()]->context;
    auto [error, socket] = co_await acceptor.async_accept(next, plainly);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
    if (!error) {
      take_in(std::move(socket));
      continue;
    }
    // A lack of descriptors or memory passes; a connection that broke in the queue is gone.
    asio::steady_timer pause(acceptor.get_executor(), milliseconds(20));
    co_await pause.async_wait(plainly);
  }
}

void Server::State::take_in(tcp::socket socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return;
  ++house.metrics.accepted;
  const AddressBlock block = block_of(peer.address());
  const auto arrival = house.switchboard.arrive(block, steady_now());
  if (arrival.entry == Switchboard::Entry::dropped) {
    ++house.metrics.dropped;
    house.journal.write_seldom_of(block,
                                  {.level = LogLevel::warning,
                                   .code = "limit",
                                   .text = "More connections came than the relay can answer; "
                                           "some were ended at once."},
                                  steady_now());
    return;
  }
  const auto executor = socket.get_executor();
  auto session =
      std::make_shared<Session>(house, arrival, block, WebSocket::Socket(std::move(socket)));
  if (const auto goes = house.switchboard.add(arrival.id, block, session)) goes->abort();
  asio::co_spawn(executor, session->run(), asio::detached);
}

// --- what goes on by itself

asio::awaitable<void> Server::State::watch_memory() {
  asio::steady_timer timer(loops.front()->context);
  SteadyTime swept = steady_now();
  while (true) {
    const bool full = resident_bytes() > house.limits.memory;
    if (full && !house.memory_full) {
      house.journal.write_seldom({.level = LogLevel::warning,
                                  .code = "limit",
                                  .text = "The memory ceiling is reached: new connections are "
                                          "refused."},
                                 steady_now());
    }
    house.memory_full = full;
    if (steady_now() - swept > forget_blocks) {
      swept = steady_now();
      house.switchboard.sweep(swept);
    }
    timer.expires_after(look_at_memory);
    const auto [cancelled] = co_await timer.async_wait(plainly);
    if (cancelled) break;
  }
}

asio::awaitable<void> Server::State::sweep_store() {
  asio::steady_timer timer(loops.front()->context);
  while (true) {
    auto job = [now = wall_now()](store::Connection& connection) {
      return sweep(connection, now);
    };
    const auto gone = co_await house.store->write<std::int64_t>(0, std::move(job));
    if (!gone) {
      ++house.metrics.store_errors;
      house.journal.write_seldom({.level = LogLevel::error,
                                  .code = "store",
                                  .text = gone.error().text(),
                                  .fields = {{"error", gone.error().name()}}},
                                 steady_now());
    }
    const bool more = gone && *gone >= sweep_rows;
    timer.expires_after(more ? milliseconds(100) : milliseconds(expire));
    const auto [cancelled] = co_await timer.async_wait(plainly);
    if (cancelled) break;
  }
}

void Server::State::warn_of_expiry() {
  const WallTime expires = house.tls->expires();
  if (expires - wall_now() > warn_before) return;
  house.journal.write({.level = LogLevel::warning,
                       .code = "certificate",
                       .text = "The certificate expires soon, or has: clients that trust its "
                               "name will not connect. Renew it, then send SIGHUP.",
                       .fields = {{"expires", to_rfc3339(expires)}}});
}

Result<void> Server::reload() {
  State& state = *state_;
  const auto failed = [&state](Error error) {
    ++state.house.metrics.failed_reloads;
    return std::unexpected(std::move(error));
  };
  std::shared_ptr<const AccessTokens> tokens;
  if (state.options.tokens) {
    auto loaded = AccessTokens::load(*state.options.tokens);
    if (!loaded) return failed(std::move(loaded.error()));
    tokens = std::make_shared<const AccessTokens>(std::move(*loaded));
  }
  if (auto reloaded = state.house.tls->reload(); !reloaded) {
    return failed(std::move(reloaded.error()));
  }
  state.house.tokens = tokens;
  ++state.house.metrics.reloads;
  state.warn_of_expiry();
  return {};
}

// --- the second port

asio::awaitable<std::string> Server::State::metrics_page() {
  const auto census = house.switchboard.census();
  Gauges gauges{.connections = census.connections,
                .half_open = census.half_open,
                .listening_slots = census.listening,
                .waiting_visitors = census.waiting,
                .splices = census.splices,
                .resident_bytes = resident_bytes(),
                .kept = {},
                .certificate_expires = unix_ms(house.tls->expires()) / 1000,
                .started = started,
                .draining = house.draining};
  auto job = [](store::Connection& connection) { return total_usage(connection); };
  if (auto kept = co_await house.store->read<Usage>(std::move(job))) gauges.kept = *kept;
  co_return to_prometheus(house.metrics, gauges);
}

asio::awaitable<std::string> Server::State::trouble() {
  if (house.draining) co_return "draining";
  auto job = [](store::Connection& connection) { return total_usage(connection); };
  const auto kept = co_await house.store->read<Usage>(std::move(job));
  co_return kept ? "" : kept.error().text();
}

// --- the end

void Server::drain(std::function<void()> done) {
  State& state = *state_;
  auto work = state.see_everybody_off(std::move(done));
  asio::co_spawn(state.loops.front()->context, std::move(work), asio::detached);
}

asio::awaitable<void> Server::State::see_everybody_off(std::function<void()> done) {
  house.draining = true;
  boost::system::error_code ignored;
  for (tcp::acceptor& acceptor : acceptors) acceptor.close(ignored);
  for (const auto& session : house.switchboard.everybody()) {
    session->end_unless_spliced(CloseCode::draining);
  }
  asio::steady_timer timer(loops.front()->context);
  const SteadyTime begun = steady_now();
  const SteadyTime end = begun + house.limits.drain;
  while (steady_now() < end) {
    const auto census = house.switchboard.census();
    if (census.connections == 0) break;
    if (census.splices == 0 && steady_now() - begun > farewell) break;
    timer.expires_after(look_at_drain);
    co_await timer.async_wait(plainly);
  }
  done();
}

// Connections end on their loops, while all of these turn: one of a splice may be on another
// than the other.
void Server::State::end_connections() {
  const bool runs = loops.front()->thread.joinable();
  const SteadyTime limit = steady_now() + last_words;
  while (runs && house.switchboard.census().connections > 0 && steady_now() < limit) {
    for (const auto& session : house.switchboard.everybody()) session->abort();
    std::this_thread::sleep_for(milliseconds(5));
  }
}

void Server::stop() {
  State& state = *state_;
  if (std::exchange(state.stopped, true)) return;
  state.end_connections();
  for (const auto& loop : state.loops) loop->context.stop();
  for (const auto& loop : state.loops) {
    if (loop->thread.joinable()) loop->thread.join();
  }
  // What it still writes is answered to loops that no longer turn but are there.
  state.house.store.reset();
  if (state.house.switchboard.census().connections > 0) {
    static_cast<void>(state_.release());  // one hangs: the process ends without taking it apart
    return;
  }
  state.acceptors.clear();
  state.admin_acceptor.reset();
  state.loops.clear();
}

}  // namespace sotto::relay
