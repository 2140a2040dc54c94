#include "node/relay_choice.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::node {
namespace {

std::string token_of(std::string_view file, const net::HostPort& relay) {
  return must(RelayTokens::parse(as_bytes(file))).find(relay, true);
}

TEST(RelayTokens, AreForOneRelayOrForAll) {
  const std::string_view file =
      "# from the operators\n\n  relay.example:443   first \nfor-all\r\n[::1]:8443 third";
  EXPECT_EQ(token_of(file, {"relay.example", 443}), "first");
  EXPECT_EQ(token_of(file, {"::1", 8443}), "third");
  EXPECT_EQ(token_of(file, {"relay.example", 8443}), "for-all");
  EXPECT_EQ(token_of("relay.example second", {"relay.example", 443}), "second");
  EXPECT_EQ(token_of("relay.example:1 second", {"other.example", 1}), "");
  EXPECT_EQ(token_of("", {"relay.example", 443}), "");
}

TEST(RelayTokens, RefuseWhatIsNoneAndDoNotRepeatIt) {
  for (const std::string_view file :
       {"a\nb", "x:y token", "relay.example:1 a b", "t\xc3\xb6ken"}) {
    EXPECT_EQ(error_of(RelayTokens::parse(as_bytes(file))), "relay.token_file") << file;
  }
  const auto secret = RelayTokens::parse(as_bytes("relay.example:1 swordfish\x01"));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().text().find("swordfish"), std::string::npos);
  EXPECT_EQ(error_of(RelayTokens::parse(as_bytes(std::string(129, 'x')))), "relay.token_file");
}

TEST(RelayProxy, IsAnAddressAndPerhapsAUser) {
  const auto plain = must(RelayProxy::parse("http://proxy.example:3128"));
  EXPECT_EQ(plain.at, (net::HostPort{"proxy.example", 3128}));
  EXPECT_EQ(plain.user, "");
  const auto named = must(RelayProxy::parse("http://anna@[::1]:8080/"));
  EXPECT_EQ(named.at, (net::HostPort{"::1", 8080}));
  EXPECT_EQ(named.user, "anna");
}

TEST(RelayProxy, TakesNoPasswordAndNothingElse) {
  const auto secret = RelayProxy::parse("http://anna:swordfish@proxy.example:3128");
  EXPECT_EQ(error_of(secret), "relay.proxy");
  EXPECT_NE(secret.error().text().find("--proxy-password-file"), std::string::npos);
  EXPECT_EQ(secret.error().text().find("swordfish"), std::string::npos);
  for (const std::string_view text :
       {"", "proxy.example:3128", "socks5://proxy.example:3128", "https://proxy.example:3128",
        "http://proxy.example", "http://@proxy.example:1", "http://a b@proxy.example:1"}) {
    EXPECT_EQ(error_of(RelayProxy::parse(text)), "relay.proxy") << text;
  }
}

TEST(ParseRelays, TakesEightAndNoneTwice) {
  std::vector<std::string> urls;
  for (int i = 1; i <= 8; ++i) urls.push_back("wss://127.0.0.1:" + std::to_string(i) + "/");
  EXPECT_EQ(must(parse_relays(urls)).size(), 8U);
  urls.push_back("wss://127.0.0.1:9/");
  EXPECT_EQ(error_of(parse_relays(urls)), "relay.url");
  EXPECT_EQ(error_of(parse_relays({"wss://a.example/", "wss://A.example:443"})), "relay.url");
  EXPECT_EQ(error_of(parse_relays({"a.example"})), "relay.url");
}

}  // namespace
}  // namespace sotto::node
