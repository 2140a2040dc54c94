#include "rendezvous/publishing.h"

#include <gtest/gtest.h>

#include "unit/rendezvous/testing.h"
#include "wire/limits.h"

namespace sotto::rendezvous {
namespace {

using std::chrono::days;
using std::chrono::hours;

TEST(Publishing, ARecordSaysWhereAndForHowLong) {
  const auto record = renewed(0, ways_at(4000), noon);
  EXPECT_EQ(record.seq, static_cast<std::uint64_t>(unix_ms(noon)));
  EXPECT_EQ(record.issued, noon);
  EXPECT_EQ(record.expires, WallTime(days(today + 3)));
  EXPECT_EQ(whereabouts_of(record), ways_at(4000));
  EXPECT_EQ(days_of(record), (std::array<std::uint32_t, 2>{today, today + 1}));
}

TEST(Publishing, SeqGrowsAlsoWhenTheClockWasSetBack) {
  const auto first = renewed(0, ways_at(4000), noon);
  const auto second = renewed(first.seq, ways_at(4001), noon - hours(5));
  EXPECT_EQ(second.seq, first.seq + 1);
}

TEST(Publishing, ARecordStandsForItsDayAndItsWays) {
  const auto record = renewed(7, ways_at(4000), noon);
  EXPECT_TRUE(stands(record, ways_at(4000), noon));
  EXPECT_TRUE(stands(record, ways_at(4000), WallTime(days(today + 1)) - milliseconds(1)));
  EXPECT_FALSE(stands(record, ways_at(4001), noon));
  EXPECT_FALSE(stands(record, ways_at(4000), WallTime(days(today + 1))));
  // A clock that was ahead: under the keys of days to come nobody looks.
  EXPECT_FALSE(stands(record, ways_at(4000), noon - days(1)));
  auto onion = ways_at(4000);
  onion.onion = std::string(56, 'a') + ".onion";
  onion.onion_port = 9735;
  EXPECT_FALSE(stands(record, onion, noon));
}

TEST(Publishing, IsDueWithTheDay) {
  EXPECT_EQ(renewal_after(noon), WallTime(days(today + 1)));
  EXPECT_EQ(renewal_after(WallTime(days(today))), WallTime(days(today + 1)));
}

TEST(Publishing, WhatDoesNotFitIsLeftOut) {
  SomeHost host;
  Whereabouts ways;
  for (std::uint16_t i = 0; i < wire::direct_addresses_limit; ++i) {
    ways.direct.push_back(
        {.address = {.host = "2001:db8:1111:2222:3333:4444:5555:" + std::to_string(1000 + i),
                     .port = static_cast<std::uint16_t>(2000 + i)},
         .source = wire::AddressSource::manual});
  }
  for (int i = 0; i < 4; ++i) {
    ways.relays.push_back(
        {.url = "wss://relay" + std::to_string(i) + ".example/#pin=" + std::string(43, 'p'),
         .slot = wire::SlotId::random(host.entropy)});
  }
  const auto record = renewed(0, ways, noon);
  EXPECT_EQ(record.relays, ways.relays);
  EXPECT_LT(record.direct.size(), ways.direct.size());
  ASSERT_FALSE(record.direct.empty());
  EXPECT_EQ(record.direct.front(), ways.direct.front());
  EXPECT_TRUE(publish(record, host.keys, host.secret, today, host.entropy).has_value());
  // What was left out makes nothing new.
  EXPECT_TRUE(stands(record, ways, noon));
}

TEST(Publishing, RelaysThatDoNotFitAreLeftOutButOne) {
  SomeHost host;
  Whereabouts ways = ways_at(4000);
  for (std::size_t i = 0; i < wire::relays_limit; ++i) {
    ways.relays.push_back(
        {.url = "wss://relay" + std::to_string(i) + ".example:443/#pin=" + std::string(43, 'p'),
         .slot = wire::SlotId::random(host.entropy)});
  }
  const auto record = renewed(0, ways, noon);
  EXPECT_TRUE(record.direct.empty());
  EXPECT_LT(record.relays.size(), ways.relays.size());
  EXPECT_GE(record.relays.size(), 4U);
  EXPECT_EQ(record.relays.front(), ways.relays.front());
  EXPECT_TRUE(publish(record, host.keys, host.secret, today, host.entropy).has_value());
  EXPECT_TRUE(stands(record, ways, noon));
  // A long one stays: without it the host is nowhere.
  ways.relays.resize(2);
  ways.relays[0].url = "wss://" + std::string(500, 'a');
  ways.relays[1].url = "wss://" + std::string(500, 'b');
  EXPECT_EQ(renewed(0, ways, noon).relays, std::vector{ways.relays[0]});
}

}  // namespace
}  // namespace sotto::rendezvous
