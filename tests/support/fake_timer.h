// Time for drivers that only the test moves.
#pragma once
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>

#include "support/run_async.h"
#include "transport/timer.h"

namespace sotto {

// The clock that any number of FakeTimers share.  Starts at 0.
class FakeClock {
 public:
  explicit FakeClock(boost::asio::io_context& io) : io_(io) {}

  SteadyTime now() const { return now_; }

  // Moves on by `duration`; whoever waits for a moment on the way wakes at that moment, and
  // everything it sets off runs before the clock moves further.
  void advance(milliseconds duration) {
    const SteadyTime end = now_ + duration;
    settle(io_);
    while (!alarms_.empty() && alarms_.begin()->first <= end) {
      now_ = std::max(now_, alarms_.begin()->first);
      const std::shared_ptr<Alarm> due = alarms_.begin()->second;
      alarms_.erase(alarms_.begin());
      due->cancel();
      settle(io_);
    }
    now_ = end;
    settle(io_);
  }

 private:
  friend class FakeTimer;
  // Never expires by itself: cancelling it wakes whoever waits.
  using Alarm = boost::asio::steady_timer;

  std::shared_ptr<Alarm> alarm_at(SteadyTime deadline) {
    auto alarm = std::make_shared<Alarm>(io_, Alarm::time_point::max());
    alarms_.emplace(deadline, alarm);
    return alarm;
  }

  boost::asio::io_context& io_;
  SteadyTime now_{};
  // Those of ended waits stay until their time has come, which does no harm.
  std::multimap<SteadyTime, std::shared_ptr<Alarm>> alarms_;
};

class FakeTimer final : public transport::Timer {
 public:
  explicit FakeTimer(FakeClock& clock) : clock_(clock) {}

  SteadyTime now() const override { return clock_.now(); }

  Async<void> sleep_until(SteadyTime deadline) override {
    if (deadline > now()) co_await ring(clock_.alarm_at(deadline));
    co_return Result<void>();
  }

  Async<void> wait_until(SteadyTime deadline) override {
    if (!woken_ && deadline > now()) {
      waiting_ = clock_.alarm_at(deadline);
      co_await ring(waiting_);
      waiting_.reset();
    }
    woken_ = false;
    co_return Result<void>();
  }

  void wake() noexcept override {
    woken_ = true;
    if (waiting_) waiting_->cancel();
  }

 private:
  static boost::asio::awaitable<void> ring(std::shared_ptr<FakeClock::Alarm> alarm) {
    co_await alarm->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

  FakeClock& clock_;
  std::shared_ptr<FakeClock::Alarm> waiting_;
  bool woken_ = false;
};

}  // namespace sotto
