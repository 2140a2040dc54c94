// An operation with a time limit.
#pragma once
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "transport/errors.h"
#include "transport/timer.h"

namespace sotto::transport {

// What `operation` ends with, or Errc::timeout with `text` once `deadline` has come; the
// operation is cancelled then.
template <class T>
Async<T> within(Async<T> operation, Timer& timer, SteadyTime deadline, std::string text) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto race = std::move(operation) || timer.sleep_until(deadline);
  auto winner = co_await std::move(race);
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return fail(Errc::timeout, std::move(text));
}

}  // namespace sotto::transport
