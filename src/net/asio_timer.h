// transport::Timer over the real clock.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/timer.h"

namespace sotto::net {

class AsioTimer final : public transport::Timer {
 public:
  explicit AsioTimer(boost::asio::any_io_executor executor);

  const boost::asio::any_io_executor& executor() const { return executor_; }
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  Async<void> sleep_until(SteadyTime deadline) override;
  Async<void> wait_until(SteadyTime deadline) override;
  void wake() noexcept override;

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  bool woken_ = false;
};

}  // namespace sotto::net
