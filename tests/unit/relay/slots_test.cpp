#include "relay/slots.h"

#include <gtest/gtest.h>

#include "support/seeded_entropy.h"

namespace sotto::relay {
namespace {

using wire::RelayRefusal;

class SlotsTest : public testing::Test {
 protected:
  SeededEntropy entropy{5};
  Limits limits;
  Slots slots{limits};
  wire::SlotId slot = wire::SlotId::random(entropy);
  SteadyTime now{seconds(1000)};

  auto open(ConnectionId visitor) { return slots.open(slot, visitor, entropy, now); }
  RelayRefusal refusal_of_open(ConnectionId visitor = 99) {
    const auto visit = open(visitor);
    EXPECT_FALSE(visit.has_value());
    return visit ? RelayRefusal::store : visit.error();
  }
};

TEST_F(SlotsTest, AVisitorIsBroughtToWhoListens) {
  EXPECT_EQ(refusal_of_open(), RelayRefusal::nobody);
  ASSERT_TRUE(slots.listen(slot, 1));
  const auto visit = open(2);
  ASSERT_TRUE(visit);
  EXPECT_EQ(visit->host, 1U);
  const auto taken = slots.take(visit->ticket, now);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->visitor, 2U);
  EXPECT_EQ(taken->slot, slot);
}

TEST_F(SlotsTest, ATicketIsGoodOnce) {
  slots.listen(slot, 1);
  const auto visit = open(2);
  ASSERT_TRUE(slots.take(visit->ticket, now));
  EXPECT_EQ(slots.take(visit->ticket, now).error(), RelayRefusal::ticket);
  EXPECT_EQ(slots.take(wire::RelayTicket::random(entropy), now).error(), RelayRefusal::ticket);
}

TEST_F(SlotsTest, ATicketIsGoodForTenSeconds) {
  slots.listen(slot, 1);
  const auto early = open(2);
  const auto late = open(3);
  now += seconds(10) - milliseconds(1);
  EXPECT_TRUE(slots.take(early->ticket, now));
  now += milliseconds(1);
  EXPECT_EQ(slots.take(late->ticket, now).error(), RelayRefusal::ticket);
  EXPECT_EQ(slots.pending(), 0U);
}

TEST_F(SlotsTest, SixteenWaitForASlot) {
  slots.listen(slot, 1);
  std::vector<wire::RelayTicket> tickets;
  for (ConnectionId visitor = 10; visitor < 26; ++visitor) {
    const auto visit = open(visitor);
    ASSERT_TRUE(visit) << visitor;
    tickets.push_back(visit->ticket);
  }
  EXPECT_EQ(refusal_of_open(), RelayRefusal::busy);
  // Others are not kept waiting by it.
  const auto other = wire::SlotId::random(entropy);
  slots.listen(other, 1);
  EXPECT_TRUE(slots.open(other, 50, entropy, now));
  // Each way of going makes room for one.
  ASSERT_TRUE(slots.take(tickets[0], now));
  EXPECT_TRUE(open(30));
  slots.withdraw(tickets[1]);
  EXPECT_TRUE(open(31));
  EXPECT_EQ(refusal_of_open(), RelayRefusal::busy);
  now += Slots::ticket_lifetime;
  slots.sweep(now);
  EXPECT_EQ(slots.pending(), 0U);
  EXPECT_TRUE(open(32));
}

TEST_F(SlotsTest, ASecondListenerReplacesTheFirst) {
  EXPECT_EQ(slots.listen(slot, 1).value(), std::nullopt);
  EXPECT_EQ(slots.listen(slot, 1).value(), std::nullopt);
  EXPECT_EQ(slots.listen(slot, 2).value(), 1U);
  EXPECT_EQ(slots.listening(), 1U);
  EXPECT_EQ(open(5)->host, 2U);
  // The first one's end takes nothing from the second.
  slots.leave(1);
  EXPECT_EQ(open(6)->host, 2U);
  slots.leave(2);
  EXPECT_EQ(refusal_of_open(), RelayRefusal::nobody);
  EXPECT_EQ(slots.listening(), 0U);
}

TEST_F(SlotsTest, AConnectionListensOnSoManySlotsAtMost) {
  limits.slots_a_connection = 2;
  EXPECT_TRUE(slots.listen(slot, 1));
  EXPECT_TRUE(slots.listen(wire::SlotId::random(entropy), 1));
  EXPECT_FALSE(slots.listen(wire::SlotId::random(entropy), 1));
  EXPECT_TRUE(slots.listen(slot, 1));  // again
  EXPECT_TRUE(slots.listen(wire::SlotId::random(entropy), 2));
}

TEST_F(SlotsTest, VisitsHaveARate) {
  limits.visits_a_slot = {.a_second = 1, .burst = 3};
  slots.listen(slot, 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(open(2));
  EXPECT_EQ(refusal_of_open(), RelayRefusal::rate);
  now += seconds(1);
  EXPECT_TRUE(open(2));
}

TEST_F(SlotsTest, SplicesAreCounted) {
  limits.splices_a_slot = 1;
  slots.listen(slot, 1);
  ASSERT_TRUE(slots.take(open(2)->ticket, now));
  EXPECT_EQ(refusal_of_open(), RelayRefusal::busy);
  slots.splice_ended(slot);
  EXPECT_TRUE(open(3));
}

TEST_F(SlotsTest, BytesHaveARateOfTheSlot) {
  EXPECT_EQ(slots.count_bytes(slot, 1 << 30, now), milliseconds(0));
  limits.bytes_a_slot = {.a_second = 1000, .burst = 1000};
  slots.listen(slot, 1);
  EXPECT_EQ(slots.count_bytes(slot, 1000, now), milliseconds(0));
  EXPECT_EQ(slots.count_bytes(slot, 500, now), milliseconds(501));
  EXPECT_EQ(slots.count_bytes(wire::SlotId::random(entropy), 500, now), milliseconds(0));
}

}  // namespace
}  // namespace sotto::relay
