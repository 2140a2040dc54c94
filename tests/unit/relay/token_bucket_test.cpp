#include "relay/token_bucket.h"

#include <gtest/gtest.h>

namespace sotto::relay {
namespace {

constexpr Rate rate{.a_second = 10, .burst = 5};
const SteadyTime start{seconds(1000)};

TEST(TokenBuckets, GiveTheirBurstAndThenTheirRate) {
  TokenBucket bucket(rate, start);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(rate, 1, start));
  EXPECT_FALSE(bucket.take(rate, 1, start));
  EXPECT_FALSE(bucket.take(rate, 1, start + milliseconds(99)));
  EXPECT_TRUE(bucket.take(rate, 1, start + milliseconds(100)));
  EXPECT_FALSE(bucket.take(rate, 1, start + milliseconds(100)));
}

TEST(TokenBuckets, SaveUpNoMoreThanTheirBurst) {
  TokenBucket bucket(rate, start);
  const SteadyTime later = start + seconds(1000);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(rate, 1, later));
  EXPECT_FALSE(bucket.take(rate, 1, later));
}

TEST(TokenBuckets, SayHowLongADebtLasts) {
  TokenBucket bucket(rate, start);
  EXPECT_EQ(bucket.owe(rate, 5, start), milliseconds(0));
  EXPECT_EQ(bucket.owe(rate, 10, start), milliseconds(1001));
  EXPECT_EQ(bucket.owe(rate, 0, start + milliseconds(500)), milliseconds(501));
  EXPECT_EQ(bucket.owe(rate, 0, start + milliseconds(1000)), milliseconds(0));
  EXPECT_FALSE(bucket.is_full(rate, start + milliseconds(1000)));
  EXPECT_TRUE(bucket.is_full(rate, start + milliseconds(1500)));
}

TEST(TokenBuckets, WithoutARateThereIsNoLimit) {
  TokenBucket bucket({}, start);
  EXPECT_TRUE(bucket.take({}, 1e12, start));
  EXPECT_EQ(bucket.owe({}, 1e12, start), milliseconds(0));
}

}  // namespace
}  // namespace sotto::relay
