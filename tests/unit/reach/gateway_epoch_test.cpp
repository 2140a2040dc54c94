#include "reach/gateway_epoch.h"

#include <gtest/gtest.h>

namespace sotto::reach {
namespace {

SteadyTime at(int second) {
  return SteadyTime{} + seconds(second);
}

TEST(GatewayEpoch, GoesOnAsOurClockDoes) {
  GatewayEpoch epoch;
  EXPECT_TRUE(epoch.follow_pcp(1000, at(50)));
  EXPECT_TRUE(epoch.follow_pcp(1000, at(50)));
  EXPECT_TRUE(epoch.follow_pcp(4600, at(3650)));
  EXPECT_TRUE(epoch.follow_pcp(4599, at(3650)));  // overtaken
}

TEST(GatewayEpoch, ASixteenthIsForgivenEitherWay) {
  for (const int theirs : {1600 - 100 - 2, 1600 + 100 + 2}) {
    GatewayEpoch epoch;
    EXPECT_TRUE(epoch.follow_pcp(0, at(0)));
    EXPECT_TRUE(epoch.follow_pcp(static_cast<std::uint32_t>(theirs), at(1600))) << theirs;
  }
  for (const int theirs : {1600 - 100 - 3, 1600 + 100 + 10}) {
    GatewayEpoch epoch;
    EXPECT_TRUE(epoch.follow_pcp(0, at(0)));
    EXPECT_FALSE(epoch.follow_pcp(static_cast<std::uint32_t>(theirs), at(1600))) << theirs;
  }
}

TEST(GatewayEpoch, ARestartIsSeenOnce) {
  GatewayEpoch epoch;
  EXPECT_TRUE(epoch.follow_pcp(100'000, at(0)));
  EXPECT_FALSE(epoch.follow_pcp(3, at(10)));
  EXPECT_TRUE(epoch.follow_pcp(13, at(20)));
  epoch.forget();
  EXPECT_TRUE(epoch.follow_pcp(1'000'000, at(21)));
}

TEST(GatewayEpoch, NatPmpForgivesAnEighthAndTwoSeconds) {
  GatewayEpoch epoch;
  EXPECT_TRUE(epoch.follow_nat_pmp(0, at(0)));
  EXPECT_TRUE(epoch.follow_nat_pmp(698, at(800)));
  EXPECT_FALSE(epoch.follow_nat_pmp(698 + 697, at(1600)));
  // A clock that is ahead is no restart there.
  EXPECT_TRUE(epoch.follow_nat_pmp(100'000, at(1700)));
}

}  // namespace
}  // namespace sotto::reach
