#include "relay/guard.h"

#include <gtest/gtest.h>

namespace sotto::relay {
namespace {

AddressBlock block(unsigned number) {
  const std::array<std::byte, 4> address{std::byte{10}, std::byte{0},
                                         static_cast<std::byte>(number), std::byte{1}};
  return AddressBlock(address);
}

class GuardTest : public testing::Test {
 protected:
  Limits limits;
  Guard guard{limits};
  SteadyTime now{seconds(1000)};
};

TEST_F(GuardTest, ABlockHasSoManyConnections) {
  limits.connections_a_block = 2;
  EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::granted);
  EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::granted);
  EXPECT_EQ(guard.enter(block(2), now), Guard::Entry::granted);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::refused) << i;
  }
  EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::dropped);
  EXPECT_EQ(guard.connections(), 19U);
  for (int i = 0; i < 17; ++i) guard.leave(block(1));
  EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::granted);
  EXPECT_EQ(guard.enter(block(1), now), Guard::Entry::refused);
}

TEST_F(GuardTest, RequestsHaveARate) {
  limits.requests_a_block = {.a_second = 1, .burst = 2};
  EXPECT_TRUE(guard.take_request(block(1), now));
  EXPECT_TRUE(guard.take_request(block(1), now));
  EXPECT_FALSE(guard.take_request(block(1), now));
  EXPECT_TRUE(guard.take_request(block(2), now));
  EXPECT_TRUE(guard.take_request(block(1), now + seconds(1)));
}

TEST_F(GuardTest, BytesHaveARate) {
  EXPECT_EQ(guard.count_bytes(block(1), 1 << 30, now), milliseconds(0));
  limits.bytes_a_block = {.a_second = 1000, .burst = 1000};
  EXPECT_EQ(guard.count_bytes(block(1), 1000, now), milliseconds(0));
  EXPECT_EQ(guard.count_bytes(block(1), 1000, now), milliseconds(1001));
  EXPECT_EQ(guard.count_bytes(block(2), 1000, now), milliseconds(0));
}

TEST_F(GuardTest, ForgetsBlocksOfWhichNothingIsLeft) {
  limits.requests_a_block = {.a_second = 1, .burst = 2};
  guard.enter(block(1), now);
  guard.take_request(block(2), now);
  guard.sweep(now);
  EXPECT_EQ(guard.blocks(), 2U);
  guard.leave(block(1));
  guard.sweep(now);
  EXPECT_EQ(guard.blocks(), 1U);
  guard.sweep(now + seconds(1));
  EXPECT_EQ(guard.blocks(), 0U);
}

}  // namespace
}  // namespace sotto::relay
