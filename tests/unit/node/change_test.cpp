#include "node/change.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

#include "support/run_async.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

class ChangeTest : public testing::Test {
 protected:
  asio::awaitable<int> wait(SteadyTime deadline) {
    co_await change_.until(deadline);
    co_return 1;
  }
  asio::awaitable<int> wait_for_either() {
    using namespace asio::experimental::awaitable_operators;
    auto race = wait(SteadyTime::max()) || wait(SteadyTime::min());
    co_await std::move(race);
    co_return 1;
  }

  asio::io_context io_;
  Change change_{io_.get_executor()};
};

TEST_F(ChangeTest, WakesAllWhoWait) {
  const auto first = start(io_, wait(SteadyTime::max()));
  const auto second = start(io_, wait(SteadyTime::max()));
  EXPECT_FALSE(first.ended());
  change_.notify();
  settle(io_);
  EXPECT_TRUE(first.ended());
  EXPECT_TRUE(second.ended());
}

TEST_F(ChangeTest, IsForThoseWhoWaitAlready) {
  change_.notify();
  const auto late = start(io_, wait(SteadyTime::max()));
  EXPECT_FALSE(late.ended());
  change_.notify();
  settle(io_);
  EXPECT_TRUE(late.ended());
}

TEST_F(ChangeTest, EndsAtItsDeadline) {
  EXPECT_EQ(run(io_, wait(SteadyTime::min())), 1);
}

TEST_F(ChangeTest, ForgetsAWaitThatWasGivenUp) {
  EXPECT_EQ(run(io_, wait_for_either()), 1);
  change_.notify();
  settle(io_);
}

}  // namespace
}  // namespace sotto::node
