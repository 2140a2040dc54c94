#include "node/relay_url.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::node {
namespace {

const std::string key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

TEST(RelayUrl, NamesAHostAPortAndAKey) {
  const auto url = must(RelayUrl::parse("wss://Relay.Example:8443/#pin=" + key));
  EXPECT_EQ(url.at, (net::HostPort{"relay.example", 8443}));
  ASSERT_TRUE(url.pin);
  EXPECT_EQ((*url.pin)[31], std::byte{31});
  EXPECT_EQ(url.address(), "relay.example:8443");
  EXPECT_EQ(url.without_pin(), "wss://relay.example:8443/");
}

TEST(RelayUrl, TakesTheUsualPortAndNoPin) {
  const auto url = must(RelayUrl::parse("wss://relay.example"));
  EXPECT_EQ(url.at, (net::HostPort{"relay.example", 443}));
  EXPECT_FALSE(url.pin);
  EXPECT_EQ(must(RelayUrl::parse("wss://relay.example/")), url);
  EXPECT_EQ(must(RelayUrl::parse("wss://relay.example:443")), url);
}

TEST(RelayUrl, KnowsAddressesOfBothKindsAndOnions) {
  EXPECT_EQ(must(RelayUrl::parse("wss://127.0.0.1:1/")).at, (net::HostPort{"127.0.0.1", 1}));
  EXPECT_EQ(must(RelayUrl::parse("wss://[::1]:8443/")).at, (net::HostPort{"::1", 8443}));
  EXPECT_EQ(must(RelayUrl::parse("wss://[2001:db8::1]/")).at,
            (net::HostPort{"2001:db8::1", 443}));
  const std::string onion = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";
  EXPECT_EQ(must(RelayUrl::parse("wss://" + onion + "/")).at, (net::HostPort{onion, 443}));
}

TEST(RelayUrl, IsWrittenAsItIsRead) {
  for (const std::string& text :
       {"wss://relay.example:8443/#pin=" + key, std::string("wss://[::1]:443/")}) {
    EXPECT_EQ(must(RelayUrl::parse(text)).to_string(), text);
  }
}

TEST(RelayUrl, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "relay.example", "ws://relay.example/", "https://relay.example/", "wss://",
        "wss:///", "wss://relay.example/path", "wss://user@relay.example/",
        "wss://relay.example/?a=b", "wss://relay.example:0/", "wss://relay.example:65536/",
        "wss://relay.example:port/", "wss://[::1/", "wss://::1/", "wss://re lay/",
        "wss://relay.example/#", "wss://relay.example/#pin=", "wss://relay.example/#key=x"}) {
    EXPECT_EQ(error_of(RelayUrl::parse(text)), "relay.url") << text;
  }
  // One letter less, one more, another alphabet, padding, stray bits.
  for (const std::string& pin :
       {key.substr(1), key + "A", "+" + key.substr(1), key + "=", key.substr(0, 42) + "9"}) {
    EXPECT_EQ(error_of(RelayUrl::parse("wss://relay.example/#pin=" + pin)), "relay.url") << pin;
  }
  EXPECT_EQ(error_of(RelayUrl::parse("wss://" + std::string(600, 'a'))), "relay.url");
}

}  // namespace
}  // namespace sotto::node
