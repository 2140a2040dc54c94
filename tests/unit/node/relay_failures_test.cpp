#include "node/relay_failures.h"

#include <gtest/gtest.h>

#include "net/errors.h"
#include "node/relay_errors.h"
#include "session/errors.h"
#include "support/results.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

const wire::RelaySlot relay{"wss://relay.example:8443/", {}};

std::string name_of(const Error& error) {
  return error_of(Result<void>(std::unexpected(error)));
}

TEST(RelayTrouble, BlamesTheRelayForWhereItLed) {
  const Error stranger =
      relay_trouble(Error(session::Errc::handshake, "It is another."), relay);
  EXPECT_EQ(name_of(stranger), "relay.not_host");
  EXPECT_NE(stranger.text().find("relay.example:8443"), std::string::npos);
  EXPECT_NE(stranger.text().find("It is another."), std::string::npos);
  EXPECT_EQ(name_of(relay_trouble(Error(transport::Errc::timeout, "Late."), relay)),
            "relay.silent");
  EXPECT_EQ(name_of(relay_trouble(Error(transport::Errc::lost, "Gone."), relay)), "relay.lost");
  EXPECT_EQ(name_of(relay_trouble(Error(session::Errc::link_lost, "Gone."), relay)),
            "relay.lost");
}

TEST(RelayTrouble, LeavesWhatTheRelayHasSaid) {
  const Error nobody(RelayErrc::nobody, "Nobody is there.");
  EXPECT_EQ(relay_trouble(nobody, relay).text(), nobody.text());
  EXPECT_EQ(name_of(relay_trouble(nobody, relay)), "relay.nobody");
}

TEST(RelayFailures, AreNamedByWhatMayPass) {
  RelayFailures failures(std::nullopt);
  failures.add(Error(net::DialErrc::relay_pin, "One."));
  EXPECT_EQ(name_of(failures.result()), "relay.pin");
  failures.add(Error(RelayErrc::nobody, "Two."));
  EXPECT_EQ(name_of(failures.result()), "relay.nobody");
  EXPECT_EQ(failures.result().text(), "One. Two.");
}

TEST(RelayFailures, SayWhatWasTriedBefore) {
  RelayFailures failures(Error(transport::Errc::unreachable, "Not directly."));
  failures.add(Error(RelayErrc::token, "No token."));
  EXPECT_EQ(name_of(failures.result()), "route.unreachable");  // may pass, a token does not
  EXPECT_EQ(failures.result().text(), "Not directly. No token.");
  EXPECT_EQ(name_of(RelayFailures(Error(RelayErrc::nobody, "Before.")).result()),
            "relay.nobody");
}

TEST(MayComeBack, IsSaidOfWhatIsOutOfReach) {
  EXPECT_TRUE(may_come_back(Error(net::DialErrc::relay_unreachable, "Gone.")));
  EXPECT_TRUE(may_come_back(Error(net::DialErrc::proxy_unreachable, "Gone.")));
  EXPECT_FALSE(may_come_back(Error(net::DialErrc::relay_pin, "Another.")));
}

}  // namespace
}  // namespace sotto::node
