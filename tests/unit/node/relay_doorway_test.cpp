#include "node/relay_doorway.h"

#include <gtest/gtest.h>

#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::node {
namespace {

HostRequest asking(std::vector<std::string> urls, std::vector<std::string> usual = {}) {
  HostRequest request;
  request.room = "lobby";
  request.relay.urls = std::move(urls);
  request.relay.usual = std::move(usual);
  return request;
}

store::RoomRow room_with(const std::vector<std::string>& relays) {
  wire::Reach reach;
  for (const std::string& url : relays) reach.relays.push_back({url, {}});
  store::RoomRow room;
  room.reach = wire::encode(reach);
  return room;
}

std::vector<std::string> addresses(const RelayWish& wish) {
  std::vector<std::string> out;
  for (const RelayUrl& url : wish.relays) out.push_back(url.address());
  return out;
}

const std::string a = "wss://a.example/";
const std::string b = "wss://b.example/";
const std::string c = "wss://c.example/";

TEST(WishedRelays, AreThoseOfTheFlagsAndThenNothingElse) {
  const auto wish = must(wished_relays(asking({b}, {a}), room_with({c}), false));
  EXPECT_EQ(addresses(wish), (std::vector<std::string>{"b.example:443"}));
  EXPECT_TRUE(wish.required);
  EXPECT_TRUE(wish.alone);
}

TEST(WishedRelays, StandBesideADirectWayThatIsAskedFor) {
  HostRequest request = asking({a});
  request.direct = true;
  EXPECT_FALSE(must(wished_relays(request, room_with({}), false)).alone);
  request = asking({a});
  request.port = 4711;
  EXPECT_FALSE(must(wished_relays(request, room_with({}), false)).alone);
  request = asking({a});
  request.advertise = {"host.example"};
  EXPECT_FALSE(must(wished_relays(request, room_with({}), false)).alone);
  EXPECT_FALSE(must(wished_relays(asking({a}), room_with({}), true)).alone);
}

TEST(WishedRelays, AreThoseOfBeforeAndTheSettingsWhereNothingIsSaid) {
  const auto wish = must(wished_relays(asking({}, {a, b}), room_with({c, b}), false));
  EXPECT_EQ(addresses(wish),
            (std::vector<std::string>{"c.example:443", "b.example:443", "a.example:443"}));
  EXPECT_FALSE(wish.required);
  EXPECT_FALSE(wish.alone);
}

TEST(WishedRelays, AreNoneWhereOnlyADirectWayIsAskedFor) {
  HostRequest request = asking({}, {a});
  request.direct = true;
  EXPECT_TRUE(must(wished_relays(request, room_with({c}), false)).relays.empty());
}

TEST(WishedRelays, OverTorAreNotThoseOfTheSettings) {
  EXPECT_EQ(addresses(must(wished_relays(asking({}, {a}), room_with({c}), true))),
            (std::vector<std::string>{"c.example:443"}));
}

TEST(WishedRelays, AreEightAtMost) {
  std::vector<std::string> before;
  std::vector<std::string> usual;
  for (int i = 0; i < 6; ++i) {
    before.push_back("wss://a" + std::to_string(i) + ".example/");
    usual.push_back("wss://b" + std::to_string(i) + ".example/");
  }
  EXPECT_EQ(must(wished_relays(asking({}, usual), room_with(before), false)).relays.size(), 8U);
}

// It must be the same next time, whatever pin is written, and another everywhere else.
TEST(SlotKey, IsOneForEachRoomAndRelay) {
  SeededEntropy entropy(1);
  const crypto::SymmetricKey seed(entropy);
  const crypto::SymmetricKey other(entropy);
  const auto url = must(RelayUrl::parse(a));
  const auto key = slot_key(seed, url).public_key;
  const std::string pin(43, 'A');
  EXPECT_EQ(slot_key(seed, must(RelayUrl::parse(a + "#pin=" + pin))).public_key, key);
  EXPECT_NE(slot_key(seed, must(RelayUrl::parse(b))).public_key, key);
  EXPECT_NE(slot_key(seed, must(RelayUrl::parse("wss://a.example:8443/"))).public_key, key);
  EXPECT_NE(slot_key(other, url).public_key, key);
}

}  // namespace
}  // namespace sotto::node
