// Runs coroutines over real sockets and the real clock, for as long as they need and no longer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sotto {

// Far more than anything on loopback takes, even on a busy machine: a test that comes to it has
// failed.
inline constexpr std::chrono::seconds patience{10};

// What `operation` ends with.  Others that run on `io` go on meanwhile.
template <class T>
T finish(boost::asio::io_context& io, boost::asio::awaitable<T> operation) {
  std::optional<T> value;
  auto keep = [&value](const std::exception_ptr& error, T result) {
    if (error) std::rethrow_exception(error);
    value.emplace(std::move(result));
  };
  boost::asio::co_spawn(io, std::move(operation), std::move(keep));
  io.restart();
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!value && io.run_one_until(limit) > 0) {
  }
  if (!value) throw std::logic_error("the coroutine did not end in time");
  return std::move(*value);
}

// True when nothing is under way on `io` any more, or soon is not.
inline bool comes_to_rest(boost::asio::io_context& io) {
  io.restart();
  io.run_for(std::chrono::seconds(2));
  return io.stopped();
}

}  // namespace sotto
