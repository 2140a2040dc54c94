#include "node/tor_manager.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "node/onion_keeper.h"
#include "node/tor_keeper.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

bool is_refusal(const Error& error) {
  return error.is(tor::Errc::auth_missing) || error.is(tor::Errc::auth_wrong);
}

// Trying again may help: for tor's own reasons, or because tor has just gone and comes back.
bool may_pass(const Error& error) {
  return tor::worth_retrying(error) || error.is(transport::Errc::unreachable) ||
         error.is(tor::Errc::socks_closed) || error.is(tor::Errc::control_closed) ||
         error.is(tor::Errc::control_timeout);
}

// Between half of it and all.
milliseconds spread(milliseconds pause, Entropy& entropy) {
  const auto share = std::to_integer<int>(entropy.bytes<1>()[0]);  // 0..255
  return pause / 2 + pause * share / 512;
}

// One attempt.
Async<std::unique_ptr<transport::ByteStream>> connect(const TorKeeper& keeper,
                                                      TorSession& session,
                                                      const OnionTarget& target,
                                                      tor::Isolation isolation,
                                                      SteadyTime deadline) {
  if (auto woken = co_await session.wake(); !woken) co_return std::unexpected(woken.error());
  bool told_now = true;
  if (target.key) {
    const auto told = co_await session.authorize(target.address, target.key->copy());
    if (!told) co_return std::unexpected(told.error());
    told_now = *told;
  }
  if (auto begun = co_await session.refresh(target.address); !begun) {
    co_return std::unexpected(begun.error());
  }
  auto connecting = session.connect(target.address, target.port, isolation, deadline);
  auto stream = co_await std::move(connecting);
  if (stream || told_now || !is_refusal(stream.error()) || keeper.over()) co_return stream;
  // Tor has forgotten the key, or another program has replaced it.
  session.distrust(target.address);
  const auto told = co_await session.authorize(target.address, target.key->copy());
  if (!told) co_return std::unexpected(told.error());
  auto again = session.connect(target.address, target.port, std::move(isolation), deadline);
  co_return co_await std::move(again);
}

Async<std::unique_ptr<transport::ByteStream>> dial_with(std::shared_ptr<TorKeeper> keeper,
                                                        OnionTarget target,
                                                        tor::Isolation isolation,
                                                        SteadyTime deadline) {
  milliseconds pause = keeper->timing().redial;
  milliseconds patience = keeper->timing().attempt;
  asio::steady_timer timer(keeper->executor());
  std::optional<Error> last;
  while (true) {
    const auto session = co_await keeper->ready(deadline);
    if (!session) co_return std::unexpected(last ? *last : session.error());
    const SteadyTime limit = std::min(deadline, Clock::now() + patience);
    auto connecting = connect(*keeper, **session, target, isolation, limit);
    auto stream = co_await std::move(connecting);
    if (stream) co_return stream;
    const bool too_slow = stream.error().is(transport::Errc::timeout);
    // What tor said last tells more than that time is over.
    if (too_slow && limit == deadline) co_return std::unexpected(last ? *last : stream.error());
    if (!too_slow && !may_pass(stream.error())) co_return stream;
    if (keeper->over()) co_return stream;
    last = stream.error();
    // A service that has moved its introduction points since lets tor wait a minute for
    // nothing, and with the same isolation it would go on with the circuits of before.
    if (too_slow) patience = std::min(patience * 2, keeper->timing().longest_attempt);
    isolation = tor::Isolation::random(keeper->entropy());
    const SteadyTime next = Clock::now() + spread(pause, keeper->entropy());
    if (next >= deadline) co_return stream;
    timer.expires_at(next);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    pause = std::min(pause * 2, keeper->timing().longest_redial);
  }
}

// The manager may go while they run.
Async<void> wait_until_ready(std::shared_ptr<TorKeeper> keeper, SteadyTime deadline) {
  const auto session = co_await keeper->ready(deadline);
  if (!session) co_return std::unexpected(session.error());
  co_return Result<void>();
}
Async<net::TorEndpoint> find_socks(std::shared_ptr<TorKeeper> keeper, SteadyTime deadline) {
  const auto session = co_await keeper->ready(deadline);
  if (!session) co_return std::unexpected(session.error());
  if (auto woken = co_await (*session)->wake(); !woken) {
    co_return std::unexpected(woken.error());
  }
  co_return (*session)->socks;
}
Async<void> stop_keeping(std::shared_ptr<TorKeeper> keeper) {
  co_return co_await keeper->stop();
}

}  // namespace

bool operator==(const TorSettings& a, const TorSettings& b) {
  const auto same = [](const auto& some, const auto& others, auto line) {
    return std::ranges::equal(some, others, {}, line, line);
  };
  return a.control == b.control && a.own == b.own && a.system == b.system &&
         a.extra == b.extra && a.program == b.program &&
         same(a.bridges, b.bridges, &tor::Bridge::line) &&
         same(a.plugins, b.plugins, &tor::TransportPlugin::line);
}

OnionTarget OnionTarget::copy() const {
  OnionTarget out{address, port, std::nullopt};
  if (key) out.key = key->copy();
  return out;
}

TorManager::TorManager(asio::any_io_executor executor, std::filesystem::path directory,
                       Entropy& entropy, const TorTiming& timing)
    : directory_(directory),
      keeper_(std::make_shared<TorKeeper>(std::move(executor), std::move(directory), entropy,
                                          timing)) {}

TorManager::~TorManager() {
  keeper_->abandon();
}

Result<void> TorManager::configure(TorSettings settings) {
  return keeper_->configure(std::move(settings));
}

Async<void> TorManager::ready(SteadyTime deadline) {
  return wait_until_ready(keeper_, deadline);
}

std::shared_ptr<OnionHost> TorManager::publish(OnionHost::Parameters parameters) {
  auto onion = std::make_shared<OnionKeeper>(keeper_, std::move(parameters));
  onion->start();
  keeper_->add(onion);
  return onion;
}

Async<std::unique_ptr<transport::ByteStream>> TorManager::dial(OnionTarget target,
                                                               tor::Isolation isolation,
                                                               SteadyTime deadline) {
  return dial_with(keeper_, std::move(target), std::move(isolation), deadline);
}

Async<net::TorEndpoint> TorManager::socks(SteadyTime deadline) {
  return find_socks(keeper_, deadline);
}

bool TorManager::reaches_our_sockets() const {
  return keeper_->same_user();
}

void TorManager::subscribe(TorObserver& observer) {
  keeper_->subscribe(observer);
}

void TorManager::unsubscribe(TorObserver& observer) {
  keeper_->unsubscribe(observer);
}

TorStatus TorManager::status() const {
  return keeper_->status();
}

Async<void> TorManager::stop() {
  return stop_keeping(keeper_);
}

}  // namespace sotto::node
