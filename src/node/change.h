// Coroutines that wait for a state to change: each is woken by every change, and looks again.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "base/time.h"

namespace sotto::node {

class Change {
 public:
  explicit Change(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  // Ends at the next notify(), or at `deadline`.  Any number may be pending; it must outlive
  // them.
  boost::asio::awaitable<void> until(SteadyTime deadline);

  void notify();

 private:
  boost::asio::any_io_executor executor_;
  std::list<boost::asio::steady_timer> waiting_;
};

}  // namespace sotto::node
