#include "node/target_text.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/results.h"

namespace sotto::node {
namespace {

std::string address(std::string_view text) {
  const auto parsed = parse_address(text);
  if (!parsed) return "no address";
  return *parsed ? net::to_string(**parsed) : parsed->error().name();
}

TEST(TargetText, ARoomIdIs32HexDigitsInEitherCase) {
  const std::string id = "9dc158442a7d27f5f22aec7974f0843a";
  ASSERT_TRUE(parse_room_id(id));
  EXPECT_EQ(to_hex(parse_room_id(id)->view()), id);
  EXPECT_EQ(parse_room_id("9DC158442A7D27F5F22AEC7974F0843A"), parse_room_id(id));
  for (const char* other :
       {"", "9dc1", "9dc158442a7d27f5f22aec7974f0843", "9dc158442a7d27f5f22aec7974f0843a0",
        "9dc158442a7d27f5f22aec7974f0843g", "9dc15844-2a7d-27f5-f22a-ec7974f0843a"}) {
    EXPECT_FALSE(parse_room_id(other)) << other;
  }
}

TEST(TargetText, AnAddressIsAHostAndAPort) {
  for (const char* good : {"127.0.0.1:4711", "[::1]:4711", "[2001:db8::7]:1", "localhost:65535",
                           "host.example:80", "my_host-2.example.:1025"}) {
    EXPECT_EQ(address(good), good);
  }
  EXPECT_EQ(address("[2001:DB8:0:0::7]:1"), "[2001:db8::7]:1");
  EXPECT_EQ(parse_address("[::1]:4711")->value().host, "::1");
}

TEST(TargetText, WhatHasNoPortIsNoAddress) {
  for (const char* other : {"", "lobby", "127.0.0.1", "host.example", "./a:1", "dir/x:80"}) {
    EXPECT_EQ(address(other), "no address") << other;
  }
}

TEST(TargetText, WhatLooksLikeAnAddressButIsNoneIsSaid) {
  for (const char* bad : {":4711",
                          "host:",
                          "host:0",
                          "host:04711",
                          "host:65536",
                          "host:99999999999999999999",
                          "host:-1",
                          "host:+1",
                          "host: 1",
                          "host:1 ",
                          "ho st:1",
                          "::1:4711",
                          "[::1]",
                          "[::1]:",
                          "[::1]x:1",
                          "[127.0.0.1]:1",
                          "[fe80::1%eth0]:1",
                          "[]:1",
                          "300.1.1.1:80",
                          "127.1:80",
                          "1:80",
                          "1.2.3.4.5:80",
                          "h\xc3\xb6st:1",
                          "a@b:1",
                          "user:pass@host:1",
                          "host:1:2"}) {
    EXPECT_EQ(address(bad), "target.address") << bad;
  }
  EXPECT_EQ(address(std::string(255, 'a') + ":1"), std::string(255, 'a') + ":1");
  EXPECT_EQ(address(std::string(256, 'a') + ":1"), "target.address");
}

// A resolver must never hear of one.
TEST(TargetText, AnOnionAddressIsNeverTakenForAName) {
  const std::string onion(56, 'a');
  for (const std::string& text :
       {onion + ".onion", onion + ".onion:80", onion + ".ONION:80", onion + ".onion.:80",
        std::string("x.onion:0"), std::string(".onion")}) {
    EXPECT_EQ(address(text), "policy.tor_only") << text;
  }
  EXPECT_EQ(address("onion.example:80"), "onion.example:80");
}

TEST(TargetText, AnOnionAddressIsReadWithOrWithoutAPort) {
  const std::string host = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";
  const auto plain = parse_onion(host);
  ASSERT_TRUE(plain && *plain);
  EXPECT_EQ((*plain)->address.host(), host);
  EXPECT_FALSE((*plain)->port);
  const auto with_port = parse_onion(host + ":80");
  ASSERT_TRUE(with_port && *with_port);
  EXPECT_EQ((*with_port)->port, 80);
  for (const char* other : {"onion", "onion:80", "example.org:80", "./x.onion", "a/b.onion"}) {
    EXPECT_FALSE(parse_onion(other)) << other;
  }
  const auto mistyped = parse_onion("3" + host.substr(1));
  ASSERT_TRUE(mistyped);
  EXPECT_EQ(error_of(*mistyped), "tor.onion.checksum");
}

}  // namespace
}  // namespace sotto::node
