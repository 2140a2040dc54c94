#include "node/countdown.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <optional>

namespace sotto::node {
namespace {

using namespace std::chrono_literals;
using Times = std::vector<milliseconds>;

TEST(Countdown, WarnsAFifthBeforeTheEndButAMinuteAtMost) {
  EXPECT_EQ(warnings_before(1s), Times{200ms});
  EXPECT_EQ(warnings_before(50s), Times{10s});
  EXPECT_EQ(warnings_before(100s), (Times{20s, 10s}));
  EXPECT_EQ(warnings_before(5min), (Times{60s, 10s}));
  EXPECT_EQ(warnings_before(24h), (Times{60s, 10s}));
}

TEST(Countdown, SaysHowLongInWords) {
  EXPECT_EQ(ending_notice(200ms).text, "The room closes in 1 s.");
  EXPECT_EQ(ending_notice(60s).text, "The room closes in 60 s.");
  EXPECT_EQ(ending_notice(5min - 3ms).text, "The room closes in 5 min.");
  EXPECT_EQ(ending_notice(24h).text, "The room closes in 24 h.");
  EXPECT_EQ(ending_notice(1s).code, "room.ending");
}

TEST(Countdown, WarnsThenEndsAndMayBeDestroyedThen) {
  boost::asio::io_context loop;
  std::vector<std::string> seen;
  std::optional<Countdown> countdown;
  const auto started = std::chrono::steady_clock::now();
  countdown.emplace(
      loop.get_executor(), 100ms,
      [&](milliseconds left) { seen.push_back(std::to_string(left.count())); },
      [&] {
        seen.emplace_back("end");
        countdown.reset();
      });
  loop.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"20", "end"}));
  EXPECT_GE(std::chrono::steady_clock::now() - started, 100ms);
}

TEST(Countdown, StopsWhenItIsDestroyed) {
  boost::asio::io_context loop;
  bool told = false;
  {
    const Countdown countdown(
        loop.get_executor(), 5ms, [&](milliseconds) { told = true; }, [&] { told = true; });
  }
  loop.run();
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace sotto::node
