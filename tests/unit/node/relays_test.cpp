#include "node/relays.h"

#include <gtest/gtest.h>

#include "node/errors.h"
#include "node/tor_manager.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

class RelaysTest : public testing::Test {
 protected:
  RelayUrl url(const std::string& text) { return must(RelayUrl::parse(text)); }

  TempDir folder_;
  boost::asio::io_context io_;
  SeededEntropy entropy_{1};
  TorManager tor_{io_.get_executor(), folder_.path() / "tor", entropy_};
  Relays relays_{io_.get_executor(), tor_};
};

TEST_F(RelaysTest, KeepsWhatIsNotSaidAnew) {
  RelayRequest first;
  first.tokens = Secret(as_bytes("a.example one\ntwo\n"));
  first.usual = {"wss://a.example/"};
  ASSERT_TRUE(relays_.configure(first));
  ASSERT_TRUE(relays_.configure(RelayRequest()));
  EXPECT_EQ(relays_.place(url("wss://a.example/"), false).token, "one");
  relays_.add_own({url("wss://b.example/")});
  EXPECT_EQ(relays_.place(url("wss://b.example/"), false).token, "two");
  EXPECT_EQ(relays_.preferred().size(), 1U);
  EXPECT_EQ(relays_.place(url("wss://b.example/"), false).name, "b.example:443");
}

// Else whoever names a relay gets the token that was for others.
TEST_F(RelaysTest, GivesTheTokenForAllToNoneThatOthersName) {
  RelayRequest request;
  request.tokens = Secret(as_bytes("two\nc.example three\n"));
  request.urls = {"wss://a.example/"};
  ASSERT_TRUE(relays_.configure(request));
  EXPECT_EQ(relays_.place(url("wss://a.example/"), false).token, "two");
  EXPECT_EQ(relays_.place(url("wss://b.example/"), false).token, "");
  EXPECT_EQ(relays_.place(url("wss://c.example/"), false).token, "three");
  RelayUrl other = url("wss://a.example/");
  other.pin.emplace();
  EXPECT_EQ(relays_.place(other, false).token, "") << "another key at that address";
}

TEST_F(RelaysTest, IsPatientWithTor) {
  EXPECT_GT(relays_.place(url("wss://a.example/"), true).timing.connect,
            relays_.place(url("wss://a.example/"), false).timing.connect);
}

TEST_F(RelaysTest, GoesToOnionServicesThroughTorAlone) {
  const std::string onion =
      "wss://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/";
  EXPECT_TRUE(url(onion).is_onion());
  EXPECT_EQ(relays_.place(url(onion), false).timing.connect, relay_timing_over_tor.connect);
}

TEST_F(RelaysTest, PutsThoseThatWereNamedFirst) {
  RelayRequest request;
  request.urls = {"wss://b.example/"};
  request.usual = {"wss://c.example/"};
  ASSERT_TRUE(relays_.configure(request));
  std::vector<wire::RelaySlot> slots{{"wss://a.example/", {}},
                                     {"wss://c.example/", {}},
                                     {"wss://d.example/", {}},
                                     {"wss://b.example:443/", {}}};
  relays_.order(slots);
  EXPECT_EQ(slots[0].url, "wss://b.example:443/");
  EXPECT_EQ(slots[1].url, "wss://c.example/");
  EXPECT_EQ(slots[2].url, "wss://a.example/");
  EXPECT_EQ(slots[3].url, "wss://d.example/");
}

TEST_F(RelaysTest, RefusesWhatIsWrongWhole) {
  RelayRequest request;
  request.urls = {"wss://b.example/"};
  request.proxy = "nonsense";
  EXPECT_EQ(error_of(relays_.configure(request)), "relay.proxy");
  EXPECT_TRUE(relays_.preferred().empty());
  request = RelayRequest();
  request.tokens = Secret(as_bytes("a b c"));
  EXPECT_EQ(error_of(relays_.configure(request)), "relay.token_file");
}

TEST_F(RelaysTest, AProxyIsNoWayUnderThePromiseOfTor) {
  RelayRequest request;
  EXPECT_TRUE(check_under_tor(request));
  request.usual_proxy = "http://proxy.example:1";  // of the settings: not used then
  EXPECT_TRUE(check_under_tor(request));
  request.proxy = "http://proxy.example:1";
  EXPECT_EQ(error_of(check_under_tor(request)), "policy.tor_only");
}

TEST_F(RelaysTest, ADeskIsANewOneEachTime) {
  const auto one = must(relays_.desk("wss://a.example/", false));
  const auto two = must(relays_.desk("wss://a.example/", false));
  EXPECT_NE(one, two);
  EXPECT_EQ(one->relay(), "a.example:443");
  EXPECT_EQ(error_of(relays_.desk("a.example", false)), "relay.url");
}

TEST_F(RelaysTest, NobodyThereIsSaid) {
  // A port that was free a moment ago.
  const auto place = relays_.place(url("wss://127.0.0.1:9/"), false);
  auto opening = RelayConnection::open(io_.get_executor(), place);
  EXPECT_EQ(error_of(finish(io_, std::move(opening))), "relay.unreachable");
}

}  // namespace
}  // namespace sotto::node
