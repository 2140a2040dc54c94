// Runs coroutines on an io_context without waiting for real time: what cannot go on stops, and
// the test sees that it has not ended.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sotto {

// What a started coroutine has come to.
template <class T>
class Outcome {
 public:
  bool ended() const { return value_->has_value(); }
  // Throws when it has not ended.
  T& value() const { return value_->value(); }

 private:
  template <class U>
  friend Outcome<U> start(boost::asio::io_context& io, boost::asio::awaitable<U> operation);

  std::shared_ptr<std::optional<T>> value_ = std::make_shared<std::optional<T>>();
};

// Lets everything run that can.
inline void settle(boost::asio::io_context& io) {
  io.restart();
  io.poll();
}

// Starts `operation` and runs it up to where it waits.
template <class T>
Outcome<T> start(boost::asio::io_context& io, boost::asio::awaitable<T> operation) {
  Outcome<T> outcome;
  auto keep = [value = outcome.value_](const std::exception_ptr& error, T result) {
    if (error) std::rethrow_exception(error);
    value->emplace(std::move(result));
  };
  boost::asio::co_spawn(io, std::move(operation), std::move(keep));
  settle(io);
  return outcome;
}

// Runs `operation` to its end; throws when it waits for something that will not come.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> operation) {
  const Outcome<T> outcome = start(io, std::move(operation));
  if (!outcome.ended()) throw std::logic_error("the coroutine waits for ever");
  return std::move(outcome.value());
}

}  // namespace sotto
