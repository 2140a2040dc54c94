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

constexpr milliseconds longest_pause{1000};
constexpr std::size_t least_at_once = 4096;  // bytes

// Whether a direction still runs: the other asks, perhaps on another thread.
using Running = std::shared_ptr<std::atomic<bool>>;

Async<void> write_on_its_own(WebSocket& to, ByteView bytes, bool same_executor) {
  if (same_executor) co_return co_await to.write_bytes(bytes);
  auto write = to.write_bytes(bytes);
  co_return co_await asio::co_spawn(to.executor(), std::move(write), asio::use_awaitable);
}

// How much to read next: what is paid for within a tenth of a second or so.
std::size_t next_piece(std::size_t piece, milliseconds owed) {
  if (owed > longest_pause) return least_at_once;
  if (owed > longest_pause / 10) return std::max(piece / 2, least_at_once);
  return std::min(piece * 2, spliced_at_once);
}

asio::awaitable<void> wait(milliseconds time, const Running& running) {
  if (time <= milliseconds(0) || !*running) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor, std::min(time, longest_pause));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Async<void> say_goodbye(std::shared_ptr<WebSocket> to) {
  co_return co_await to->close(CloseCode::normal, "the other side has gone");
}

// One direction, on the executor of `from`.
asio::awaitable<std::uint64_t> pump(SpliceEnd from, std::shared_ptr<WebSocket> to,
                                    Running running) {
  const bool same_executor = from.socket->executor() == to->executor();
  std::uint64_t passed = 0;
  std::size_t piece = spliced_at_once;
  while (true) {
    const auto bytes = co_await from.socket->read_bytes(piece);
    if (!bytes) break;
    const milliseconds owed = from.meter ? from.meter(bytes->size()) : milliseconds(0);
    if (!bytes->empty()) {
      const auto written = co_await write_on_its_own(*to, *bytes, same_executor);
      if (!written) break;
      passed += bytes->size();
    }
    piece = next_piece(piece, owed);
    co_await wait(owed, running);
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
