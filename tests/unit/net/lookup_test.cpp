#include "net/lookup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "net/asio_timer.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

using std::chrono::steady_clock;

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

class LookUpTest : public NetTest {
 protected:
  Async<Endpoints> ask(std::string host) {
    return look_up(io_.get_executor(), std::move(host), 4711,
                   steady_clock::now() + std::chrono::seconds(20));
  }
};

TEST_F(LookUpTest, FindsTheAddressesOfAName) {
  const auto found = must(finish(io_, ask("localhost")));
  ASSERT_FALSE(found.empty());
  for (const auto& endpoint : found) {
    EXPECT_TRUE(endpoint.address().is_loopback());
    EXPECT_EQ(endpoint.port(), 4711);
  }
}

// No name server is asked for what cannot be a name.
TEST_F(LookUpTest, WhatIsNoNameDoesNotResolve) {
  const auto found = finish(io_, ask(std::string(300, 'a')));
  EXPECT_EQ(error_of(found), "route.name");
  EXPECT_NE(found.error().text().find("does not resolve"), std::string::npos);
}

TEST_F(LookUpTest, MoreThanThereAreThreadsAllFindTheirs) {
  int found = 0;
  for (int i = 0; i < 50; ++i) {
    boost::asio::co_spawn(io_, ask("localhost"),
                          [&](const std::exception_ptr&, const Result<Endpoints>& endpoints) {
                            if (endpoints && !endpoints->empty()) ++found;
                          });
  }
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(found, 50);
}

TEST_F(LookUpTest, EndsWhenItIsCancelled) {
  using namespace boost::asio::experimental::awaitable_operators;
  AsioTimer timer(io_.get_executor());
  auto race = ask("localhost") || timer.wait_until(steady_clock::now());
  std::optional<std::size_t> first;
  boost::asio::co_spawn(
      io_, std::move(race),
      [&](const std::exception_ptr&, const auto& ended) { first = ended.index(); });
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(first, 1U);
}

}  // namespace
}  // namespace sotto::net
