#include "net/asio_timer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace sotto::net {

namespace asio = boost::asio;

AsioTimer::AsioTimer(asio::any_io_executor executor)
    : executor_(std::move(executor)), timer_(executor_) {}

Async<void> AsioTimer::sleep_until(SteadyTime deadline) {
  asio::steady_timer timer(executor_, deadline);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Result<void>();
}

Async<void> AsioTimer::wait_until(SteadyTime deadline) {
  if (!std::exchange(woken_, false)) {
    timer_.expires_at(deadline);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    woken_ = false;
  }
  co_return Result<void>();
}

void AsioTimer::wake() noexcept {
  woken_ = true;
  timer_.cancel();
}

}  // namespace sotto::net
