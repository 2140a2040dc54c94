#include "reach/stun_schedule.h"

#include <gtest/gtest.h>
#include <vector>

namespace sotto::reach {
namespace {

SteadyTime at(int ms) {
  return SteadyTime{} + milliseconds(ms);
}

TEST(StunSchedule, IsThatOfRfc8489) {
  StunSchedule schedule(false, at(0));
  std::vector<int> sent;
  for (int ms = 0; ms <= 60'000 && !schedule.expired(at(ms)); ms += 10) {
    if (schedule.due(at(ms))) sent.push_back(ms);
  }
  EXPECT_EQ(sent, (std::vector<int>{0, 500, 1500, 3500, 7500, 15'500, 31'500}));
  EXPECT_FALSE(schedule.expired(at(39'499)));
  EXPECT_TRUE(schedule.expired(at(39'500)));
}

TEST(StunSchedule, AStreamIsSaidItOnce) {
  StunSchedule schedule(true, at(0));
  EXPECT_TRUE(schedule.due(at(0)));
  EXPECT_FALSE(schedule.due(at(39'499)));
  EXPECT_FALSE(schedule.expired(at(39'499)));
  EXPECT_TRUE(schedule.expired(at(39'500)));
}

TEST(StunSchedule, WhatWasMissedIsNotMadeUpFor) {
  StunSchedule schedule(false, at(0));
  EXPECT_TRUE(schedule.due(at(0)));
  EXPECT_TRUE(schedule.due(at(10'000)));
  EXPECT_FALSE(schedule.due(at(10'999)));
  EXPECT_TRUE(schedule.due(at(11'000)));
  EXPECT_EQ(schedule.sent(), 3);
}

}  // namespace
}  // namespace sotto::reach
