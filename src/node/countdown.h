// The end of a room that was opened for a time only: warnings before it, then the end.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "base/time.h"
#include "node/events.h"

namespace sotto::node {

// Why such a room has closed.
inline constexpr const char* time_is_over = "time is over";

// How long before the end people are warned, longest first: once when a fifth of the time is
// left but a minute at most, and 10 s before.
std::vector<milliseconds> warnings_before(milliseconds duration);

// "The room closes in 60 s."
NoticeEvent ending_notice(milliseconds left);

// Runs from its making; destroying it stops it.  Both are called on the executor.
class Countdown {
 public:
  using OnWarning = std::function<void(milliseconds left)>;
  Countdown(boost::asio::any_io_executor executor, milliseconds duration, OnWarning on_warning,
            std::function<void()> on_end);
  Countdown(const Countdown&) = delete;
  Countdown& operator=(const Countdown&) = delete;

  SteadyTime end() const { return end_; }

 private:
  void wait_for_next();

  boost::asio::steady_timer timer_;
  SteadyTime end_;
  std::vector<milliseconds> warnings_;  // still to come, the next one last
  OnWarning on_warning_;
  std::function<void()> on_end_;
};

}  // namespace sotto::node
