#include "node/doorway.h"

#include "support/results.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

TEST(GoesOverTor, AsAskedForOrAsPromised) {
  HostRequest plain;
  store::RoomRow room;
  EXPECT_FALSE(must(goes_over_tor(plain, room)));
  room.tor_only = true;
  EXPECT_TRUE(must(goes_over_tor(plain, room)));
  HostRequest leaving;
  leaving.tor.leave = true;
  EXPECT_FALSE(must(goes_over_tor(leaving, room)));
  room.tor_only = false;
  HostRequest asked;
  asked.tor.only = true;
  EXPECT_TRUE(must(goes_over_tor(asked, room)));
}

TEST(GoesOverTor, AThrowAwayAddressIsAnOnion) {
  HostRequest request;
  request.ephemeral = true;
  EXPECT_EQ(error_of(goes_over_tor(request, store::RoomRow())), "rpc.params");
  request.tor.only = true;
  EXPECT_TRUE(must(goes_over_tor(request, store::RoomRow())));
}

// By a flag and by a promise: each way out is refused, and none without Tor.
TEST(GoesOverTor, RefusesWhatWouldLeaveIt) {
  const auto requests = [] {
    std::vector<HostRequest> out(4);
    out[0].direct = true;
    out[1].bind = "127.0.0.1";
    out[2].port_range = {4000, 4100};
    out[3].advertise = {"host.example"};
    return out;
  };
  store::RoomRow promised;
  promised.tor_only = true;
  for (HostRequest& request : requests()) {
    EXPECT_FALSE(must(goes_over_tor(request, store::RoomRow())));
    EXPECT_EQ(error_of(goes_over_tor(request, promised)), "policy.tor_only");
    request.tor.only = true;
    EXPECT_EQ(error_of(goes_over_tor(request, store::RoomRow())), "policy.tor_only");
  }
}

TEST(GoesOverTor, CommandsOfThePersonsNeedTheirWord) {
  HostRequest request;
  request.tor.only = true;
  request.runs_commands = true;
  EXPECT_EQ(error_of(goes_over_tor(request, store::RoomRow())), "policy.tor_only");
  request.tor.allow_external = true;
  EXPECT_TRUE(must(goes_over_tor(request, store::RoomRow())));
}

TEST(TorRequest, ControlPortsAreOfThisMachine) {
  const auto control = [](const std::string& text) {
    TorRequest request;
    request.control = text;
    return error_of(settings_of(request));
  };
  EXPECT_EQ(control("/run/tor/control"), "");
  EXPECT_EQ(control("./control"), "");
  EXPECT_EQ(control("127.0.0.1:9051"), "");
  EXPECT_EQ(control("[::1]:9051"), "");
  EXPECT_EQ(control("192.0.2.1:9051"), "policy.tor_only");
  EXPECT_EQ(control("localhost:9051"), "policy.tor_only");  // a resolver would be asked
  EXPECT_EQ(control("9051"), "target.address");
}

TEST(TorRequest, LinesForTorAreCheckedBeforeItIsStarted) {
  TorRequest request;
  request.extra = {"TestingTorNetwork 1"};
  EXPECT_TRUE(must(settings_of(request)).own);
  request.extra.emplace_back("SocksPort 9050");
  EXPECT_EQ(error_of(settings_of(request)), "tor.torrc.option");
  TorRequest bridged;
  bridged.bridges = {"obfs4 192.0.2.1:443 cert=x iat-mode=0"};
  EXPECT_EQ(error_of(settings_of(bridged)), "tor.bridge.transport");
  bridged.transports = {"ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy"};
  EXPECT_TRUE(must(settings_of(bridged)).own);
}

}  // namespace
}  // namespace sotto::node
