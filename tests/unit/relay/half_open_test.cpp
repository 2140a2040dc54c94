#include "relay/half_open.h"

#include <gtest/gtest.h>

namespace sotto::relay {
namespace {

AddressBlock block(unsigned number) {
  const std::array<std::byte, 4> address{std::byte{10}, std::byte{0},
                                         static_cast<std::byte>(number), std::byte{1}};
  return AddressBlock(address);
}

TEST(HalfOpenConnections, MakeRoomByThemselves) {
  HalfOpen waiting(3);
  EXPECT_FALSE(waiting.add(1, block(1)));
  EXPECT_FALSE(waiting.add(2, block(1)));
  EXPECT_FALSE(waiting.add(3, block(1)));
  EXPECT_EQ(waiting.add(4, block(1)), 1U);
  EXPECT_EQ(waiting.size(), 3U);
  waiting.remove(2, block(1));
  waiting.remove(2, block(1));
  waiting.remove(2, block(9));
  EXPECT_EQ(waiting.size(), 2U);
  EXPECT_FALSE(waiting.add(5, block(1)));
}

// Whoever floods pays for it.
TEST(HalfOpenConnections, OfTheBlockThatHasTheMostGo) {
  HalfOpen waiting(100);
  waiting.add(1, block(1));
  for (ConnectionId flood = 1000; flood < 20'000; ++flood) {
    const auto gone = waiting.add(flood, block(2));
    EXPECT_NE(gone, 1U);
  }
  waiting.add(2, block(3));
  EXPECT_EQ(waiting.size(), 100U);
  waiting.remove(1, block(1));
  waiting.remove(2, block(3));
  EXPECT_EQ(waiting.size(), 98U);
}

}  // namespace
}  // namespace sotto::relay
