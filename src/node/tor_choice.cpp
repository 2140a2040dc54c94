#include "node/tor_choice.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "tor/quoting.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr milliseconds connect_limit{5'000};
// A tor that we have started reads its state first.
constexpr milliseconds start_limit{30'000};
constexpr milliseconds start_poll{10};

// "HOST:PORT" and "[HOST]:PORT" of this machine.
std::optional<net::TorPort> parse_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  const auto port = tor::number(text.substr(colon + 1), 65'535);
  if (error || !port || *port == 0) return std::nullopt;
  const auto number = static_cast<std::uint16_t>(*port);
  // Listens everywhere, so here too.
  if (address.is_unspecified()) {
    return net::TorPort{address.is_v4() ? "127.0.0.1" : "::1", number};
  }
  if (!address.is_loopback()) return std::nullopt;
  return net::TorPort{address.to_string(), number};
}

std::unexpected<Error> no_place(std::string_view text) {
  return fail(tor::Errc::control_argument,
              "\"" + displayable(text) +
                  "\" does not say where tor's control port is. Give HOST:PORT with an address "
                  "of this machine in numbers (127.0.0.1:9051), or the absolute path of its "
                  "socket (/run/tor/control).");
}

std::unexpected<Error> no_socks(const net::TorEndpoint& at) {
  return fail(tor::Errc::control_refused,
              "The tor at " + displayable(net::to_string(at)) +
                  " has no SOCKS port that this user can reach on this machine. Set SocksPort "
                  "in its torrc, or let sotto run a tor of its own.");
}

// What has to be known of a tor that is not ours.
Async<void> get_acquainted(TorSession& session) {
  const std::string& version = session.info().version;
  if (!is_new_enough(version)) {
    co_return fail(tor::Errc::program_failed,
                   "The tor at " + displayable(net::to_string(session.at())) + " is " +
                       displayable(version) + ", and sotto needs " + oldest_tor +
                       " or later. Update it, or let sotto run a tor of its own.");
  }
  auto questions = tor::get_info({"net/listeners/socks", "process/uid"});
  const auto reply = co_await session.ask(std::move(questions));
  if (!reply) co_return std::unexpected(reply.error());
  const auto values = tor::read_get_info(*reply);
  if (!values) co_return std::unexpected(values.error());
  const auto value = [&](const char* key) {
    const auto at = values->find(key);
    return at == values->end() ? std::string() : at->second;
  };
  auto socks = choose_socks(value("net/listeners/socks"));
  if (!socks) co_return no_socks(session.at());
  session.socks = std::move(*socks);
  // Files of ours are there for it only if it is here: a port could lead into a container.
  session.same_user = std::holds_alternative<fs::path>(session.at()) &&
                      value("process/uid") == std::to_string(::geteuid());
  co_return Result<void>();
}

Async<std::shared_ptr<TorSession>> connect(asio::any_io_executor executor, net::TorEndpoint at,
                                           TorSession::Whose whose, Entropy& entropy,
                                           const TorTiming& timing) {
  Secret no_password;
  auto opening = net::TorControl::open(executor, at, std::move(no_password), entropy,
                                       Clock::now() + connect_limit);
  auto control = co_await std::move(opening);
  if (!control) co_return std::unexpected(control.error());
  auto session =
      TorSession::over(executor, std::move(*control), std::move(at), whose, timing.answer);
  const auto known = co_await get_acquainted(*session);
  if (!known) co_return std::unexpected(known.error());
  co_return session;
}

// The first that lets us in; why the last does not.
Async<std::shared_ptr<TorSession>> find_system(asio::any_io_executor executor,
                                               const std::vector<std::string>& places,
                                               Entropy& entropy, const TorTiming& timing) {
  Result<std::shared_ptr<TorSession>> last =
      fail(transport::Errc::unreachable,
           "This system has no tor that runs. Start it: sudo systemctl start tor.");
  for (const std::string& place : places) {
    auto at = parse_tor_control(place);
    if (!at) co_return std::unexpected(at.error());
    auto connecting =
        connect(executor, std::move(*at), TorSession::Whose::system, entropy, timing);
    auto opened = co_await std::move(connecting);
    if (opened) co_return opened;
    if (opened.error().is(transport::Errc::unreachable)) continue;
    log(LogLevel::info, "The system's tor is not used: " + opened.error().text());
    last = std::move(opened);
  }
  co_return last;
}

// Its socket appears once it has read what it knows.
Async<std::shared_ptr<net::TorControl>> wait_for_control(asio::any_io_executor executor,
                                                         const OwnTor& own, Entropy& entropy) {
  const SteadyTime deadline = Clock::now() + start_limit;
  asio::steady_timer pause(executor);
  while (true) {
    net::TorEndpoint at = own.control();
    Secret no_password;
    auto opening = net::TorControl::open(executor, std::move(at), std::move(no_password),
                                         entropy, deadline);
    auto control = co_await std::move(opening);
    if (control) co_return control;
    if (own.ended()) co_return std::unexpected(*own.ended());
    const bool is_coming = control.error().is(transport::Errc::unreachable);
    if (!is_coming || Clock::now() >= deadline) co_return control;
    pause.expires_after(start_poll);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

// It ends with this connection, and no longer with the process only.
Async<void> take_ownership(TorSession& session) {
  const auto owned = co_await session.ask(tor::take_ownership());
  if (!owned) co_return std::unexpected(owned.error());
  if (auto done = tor::read_ok(*owned); !done) co_return done;
  auto forget_process = tor::reset_conf({"__OwningControllerProcess"});
  const auto reset = co_await session.ask(std::move(forget_process));
  if (!reset) co_return std::unexpected(reset.error());
  co_return tor::read_ok(*reset);
}

Async<std::shared_ptr<TorSession>> open_own(asio::any_io_executor executor, fs::path directory,
                                            const TorSettings& settings, Entropy& entropy,
                                            const TorTiming& timing) {
  auto own = co_await OwnTor::start(executor, std::move(directory), settings);
  if (!own) co_return std::unexpected(own.error());
  auto control = co_await wait_for_control(executor, **own, entropy);
  if (!control) co_return std::unexpected(control.error());
  net::TorEndpoint at = (*own)->control();
  auto session = TorSession::over(executor, std::move(*control), std::move(at),
                                  TorSession::Whose::own, timing.answer);
  session->keep(std::move(*own));
  const auto taken = co_await take_ownership(*session);
  if (!taken) co_return std::unexpected(taken.error());
  co_return session;
}

}  // namespace

Result<net::TorEndpoint> parse_tor_control(std::string_view text) {
  std::string_view path = text;
  if (path.starts_with("unix:")) path.remove_prefix(5);
  if (path.starts_with('/')) return fs::path(path);
  auto port = parse_port(text);
  if (!port) return no_place(text);
  return std::move(*port);
}

std::optional<net::TorEndpoint> choose_socks(std::string_view listeners) {
  std::optional<net::TorEndpoint> port;
  while (true) {
    listeners.remove_prefix(std::min(listeners.find_first_not_of(' '), listeners.size()));
    const auto listener = tor::take_quoted(listeners);
    if (!listener) return port;
    if (listener->starts_with("unix:")) {
      fs::path path = listener->substr(5);
      if (::access(path.c_str(), R_OK | W_OK) == 0) return path;
    } else if (!port) {
      port = parse_port(*listener);
    }
  }
}

Async<std::shared_ptr<TorSession>> open_tor(asio::any_io_executor executor, fs::path directory,
                                            const TorSettings& settings,
                                            std::optional<TorSession::Whose> kept,
                                            Entropy& entropy, const TorTiming& timing) {
  if (settings.control) {
    auto at = parse_tor_control(*settings.control);
    if (!at) co_return std::unexpected(at.error());
    auto connecting =
        connect(executor, std::move(*at), TorSession::Whose::given, entropy, timing);
    auto session = co_await std::move(connecting);
    // The person has named it: that nobody is there is no matter of reaching a peer.
    const bool nobody = !session && (session.error().is(transport::Errc::unreachable) ||
                                     session.error().is(transport::Errc::timeout));
    if (!nobody) co_return session;
    co_return fail(tor::Errc::control_closed,
                   session.error().text() +
                       " Start the tor that --tor-control names, or leave that away.");
  }
  const bool needs_own = settings.own || !settings.extra.empty() || !settings.bridges.empty();
  if (!needs_own && kept != TorSession::Whose::own) {
    auto system = co_await find_system(executor, settings.system, entropy, timing);
    if (system || kept == TorSession::Whose::system) co_return system;
  }
  co_return co_await open_own(executor, std::move(directory), settings, entropy, timing);
}

}  // namespace sotto::node
