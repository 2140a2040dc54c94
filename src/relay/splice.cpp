#include "relay/splice.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace sotto::relay {
namespace {

namespace asio = boost::asio;

constexpr milliseconds nap{
    1000};  // a wait looks so often whether the other side is still there

// Whether a direction still runs: the other asks, perhaps on another thread.
using Running = std::shared_ptr<std::atomic<bool>>;

Async<void> write_on_its_own(WebSocket& to, ByteView bytes, bool same_executor) {
  if (same_executor) co_return co_await to.write_bytes(bytes);
  auto write = to.write_bytes(bytes);
  co_return co_await asio::co_spawn(to.executor(), std::move(write), asio::use_awaitable);
}

asio::awaitable<void> wait(milliseconds time, const Running& running) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (; time > milliseconds(0) && *running; time -= nap) {
    timer.expires_after(std::min(time, nap));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

Async<void> say_goodbye(std::shared_ptr<WebSocket> to) {
  co_return co_await to->close(CloseCode::normal, "the other side has gone");
}

// One direction, on the executor of `from`.
asio::awaitable<std::uint64_t> pump(SpliceEnd from, std::shared_ptr<WebSocket> to,
                                    Running running) {
  const bool same_executor = from.socket->executor() == to->executor();
  std::uint64_t passed = 0;
  while (true) {
    const auto bytes = co_await from.socket->read_bytes();
    if (!bytes) break;
    const milliseconds pause = from.meter ? from.meter(bytes->size()) : milliseconds(0);
    if (!bytes->empty()) {
      const auto written = co_await write_on_its_own(*to, *bytes, same_executor);
      if (!written) break;
      passed += bytes->size();
    }
    if (pause > milliseconds(0)) co_await wait(pause, running);
  }
  *running = false;
  auto goodbye = say_goodbye(to);
  co_await asio::co_spawn(to->executor(), std::move(goodbye), asio::use_awaitable);
  co_return passed;
}

}  // namespace

asio::awaitable<Spliced> splice(SpliceEnd one, SpliceEnd two) {
  using namespace asio::experimental::awaitable_operators;
  const auto running = std::make_shared<std::atomic<bool>>(true);
  const auto first = one.socket;
  const auto second = two.socket;
  auto back = asio::co_spawn(second->executor(), pump(std::move(two), first, running),
                             asio::use_awaitable);
  auto both = pump(std::move(one), second, running) && std::move(back);
  const auto [from_one, from_two] = co_await std::move(both);
  co_return Spliced{from_one, from_two};
}

}  // namespace sotto::relay
