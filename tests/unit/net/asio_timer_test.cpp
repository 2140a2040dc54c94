#include "net/asio_timer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <vector>

#include "support/run_async.h"
#include "support/run_real.h"
#include "transport/deadline.h"

namespace sotto::net {
namespace {

class AsioTimerTest : public testing::Test {
 protected:
  static constexpr milliseconds short_while{5};
  SteadyTime soon() const { return timer_.now() + short_while; }
  SteadyTime never() const { return timer_.now() + std::chrono::hours(1); }

  boost::asio::io_context io_;
  AsioTimer timer_{io_.get_executor()};
};

TEST_F(AsioTimerTest, SleepEndsAtItsTimeAndNotBefore) {
  const SteadyTime deadline = soon();
  EXPECT_TRUE(finish(io_, timer_.sleep_until(deadline)));
  EXPECT_GE(timer_.now(), deadline);
  EXPECT_TRUE(finish(io_, timer_.sleep_until(deadline)));  // long past
}

TEST_F(AsioTimerTest, ManySleepEachTheirTime) {
  std::vector<int> order;
  const SteadyTime now = timer_.now();
  auto sleeper = [&](int number) -> boost::asio::awaitable<void> {
    co_await timer_.sleep_until(now + short_while * number);
    order.push_back(number);
  };
  for (const int number : {3, 1, 2}) {
    boost::asio::co_spawn(io_, sleeper(number), boost::asio::detached);
  }
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(AsioTimerTest, AWaitEndsAtItsTime) {
  const SteadyTime deadline = soon();
  EXPECT_TRUE(finish(io_, timer_.wait_until(deadline)));
  EXPECT_GE(timer_.now(), deadline);
}

TEST_F(AsioTimerTest, WakingEndsAWait) {
  boost::asio::post(io_, [this] { timer_.wake(); });
  EXPECT_TRUE(finish(io_, timer_.wait_until(never())));
}

TEST_F(AsioTimerTest, WakingBeforehandEndsTheNextWaitAndThatOnly) {
  timer_.wake();
  timer_.wake();
  EXPECT_TRUE(finish(io_, timer_.wait_until(never())));
  const auto waits = start(io_, timer_.wait_until(never()));
  EXPECT_FALSE(waits.ended());
  timer_.wake();
  settle(io_);
  EXPECT_TRUE(waits.ended());
}

TEST_F(AsioTimerTest, WakingDuringAWaitIsUsedUpByIt) {
  auto waits = start(io_, timer_.wait_until(never()));
  timer_.wake();
  settle(io_);
  EXPECT_TRUE(waits.ended());
  waits = start(io_, timer_.wait_until(never()));
  EXPECT_FALSE(waits.ended());
  timer_.wake();
  settle(io_);
}

TEST_F(AsioTimerTest, WakingDisturbsNoSleep) {
  const auto sleeps = start(io_, timer_.sleep_until(never()));
  timer_.wake();
  settle(io_);
  EXPECT_FALSE(sleeps.ended());
}

TEST_F(AsioTimerTest, CancellationEndsBoth) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto race = [this]() -> boost::asio::awaitable<bool> {
    co_await (timer_.wait_until(never()) || timer_.sleep_until(never()) ||
              timer_.sleep_until(soon()));
    co_return true;
  };
  EXPECT_TRUE(finish(io_, race()));
  EXPECT_TRUE(comes_to_rest(io_));
}

}  // namespace
}  // namespace sotto::net
