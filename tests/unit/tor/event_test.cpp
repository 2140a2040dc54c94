#include "tor/event.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

template <class Kind>
Kind event(const std::string& text) {
  return std::get<Kind>(must(read_event(test::reply("650 " + text + "\r\n"))));
}

std::string error(const std::string& text) {
  return error_of(read_event(test::reply("650 " + text + "\r\n")));
}

const std::string stuck =
    "BOOTSTRAP PROGRESS=10 TAG=conn_done SUMMARY=\"Connected to a relay\" WARNING=\"Connection "
    "\\\"refused\\\"\" REASON=CONNECTREFUSED COUNT=5 RECOMMENDATION=warn HOSTID=\"ABCD\" "
    "HOSTADDR=\"192.0.2.1:9001\"";

TEST(Event, BootstrapGoesOn) {
  const auto bootstrap =
      event<Bootstrap>("STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\"");
  EXPECT_TRUE(bootstrap.done());
  EXPECT_FALSE(bootstrap.stuck());
  EXPECT_EQ(bootstrap.tag, "done");
  EXPECT_EQ(describe(bootstrap), "Tor is at 100 % (Done).");
}

TEST(Event, BootstrapSaysWhyItIsStuck) {
  const auto bootstrap = event<Bootstrap>("STATUS_CLIENT WARN " + stuck);
  EXPECT_EQ(bootstrap.severity, Severity::warning);
  EXPECT_EQ(bootstrap.progress, 10);
  EXPECT_EQ(bootstrap.warning, "Connection \"refused\"");
  EXPECT_EQ(bootstrap.reason, "CONNECTREFUSED");
  EXPECT_EQ(bootstrap.count, 5U);
  EXPECT_EQ(bootstrap.recommendation, "warn");
  EXPECT_EQ(bootstrap.host, "192.0.2.1:9001");
  EXPECT_TRUE(bootstrap.stuck());
  EXPECT_EQ(describe(bootstrap),
            "Tor is at 10 % (Connected to a relay), stuck: Connection \"refused\" at "
            "192.0.2.1:9001 (CONNECTREFUSED), 5 times.");
}

TEST(Event, BootstrapIsStuckThatMeetsTheSameAgainAndAgain) {
  const auto met = [](const std::string& count) {
    return event<Bootstrap>(
        "STATUS_CLIENT WARN BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"Connecting\" WARNING="
        "\"Connection refused\" REASON=CONNECTREFUSED COUNT=" +
        count + " RECOMMENDATION=ignore");
  };
  EXPECT_FALSE(met("2").stuck());
  EXPECT_TRUE(met("3").stuck());
}

TEST(Event, BootstrapMayBeAskedFor) {
  EXPECT_EQ(must(read_bootstrap_phase("WARN " + stuck)).progress, 10);
  EXPECT_EQ(error_of(read_bootstrap_phase("")), "tor.control.reply");
  EXPECT_EQ(error_of(read_bootstrap_phase("NOTICE OTHER")), "tor.control.reply");
}

TEST(Event, DescriptionsShowNoRawBytes) {
  Bootstrap bootstrap;
  bootstrap.summary = "\x1b[31m";
  EXPECT_FALSE(describe(bootstrap).contains('\x1b'));
}

TEST(Event, TheClockMayBeOff) {
  const auto ahead =
      event<ClockSkew>("STATUS_GENERAL WARN CLOCK_SKEW SKEW=7380 SOURCE=DIRSERV:192.0.2.1:80");
  EXPECT_EQ(ahead.skew, std::chrono::seconds(7380));
  EXPECT_EQ(ahead.source, "DIRSERV:192.0.2.1:80");
  EXPECT_TRUE(describe(ahead).starts_with("This machine's clock is 2 h 3 min ahead of"));
  const auto behind =
      event<ClockSkew>("STATUS_CLIENT WARN CLOCK_SKEW SKEW=-61 SOURCE=CONSENSUS");
  EXPECT_EQ(behind.skew, std::chrono::seconds(-61));
  EXPECT_TRUE(describe(behind).starts_with("This machine's clock is 1 min 1 s behind"));
  EXPECT_EQ(event<ClockSkew>("STATUS_GENERAL WARN CLOCK_SKEW SKEW=+5").skew.count(), 5);
}

TEST(Event, OtherStatusesKeepTheirArguments) {
  const auto status =
      event<StatusEvent>("STATUS_CLIENT ERR CIRCUIT_NOT_ESTABLISHED REASON=CLOCK_JUMPED");
  EXPECT_EQ(status.severity, Severity::error);
  EXPECT_TRUE(status.client);
  EXPECT_EQ(status.action, "CIRCUIT_NOT_ESTABLISHED");
  EXPECT_EQ(status.arguments.value("REASON"), "CLOCK_JUMPED");
  EXPECT_FALSE(
      event<StatusEvent>("STATUS_GENERAL WARN DANGEROUS_VERSION CURRENT=0.4.5").client);
}

TEST(Event, Descriptors) {
  using Action = DescriptorEvent::Action;
  const OnionAddress address(test::key_pair(1).public_key);
  const auto read = [&](const std::string& action, const std::string& rest = "") {
    return event<DescriptorEvent>("HS_DESC " + action + " " + address.id() +
                                  " UNKNOWN $ABCD~relay abcdef" + rest);
  };
  EXPECT_EQ(read("REQUESTED").action, Action::requested);
  EXPECT_EQ(read("UPLOAD", " REPLICA=0 HSDIR_INDEX=AB").action, Action::upload);
  EXPECT_EQ(read("RECEIVED").action, Action::received);
  EXPECT_EQ(read("CREATED").action, Action::created);
  EXPECT_EQ(read("IGNORE").action, Action::ignore);
  EXPECT_EQ(read("DANCED").action, Action::other);
  const auto uploaded = read("UPLOADED");
  EXPECT_EQ(uploaded.action, Action::uploaded);
  EXPECT_EQ(uploaded.address, address);
  EXPECT_EQ(uploaded.directory, "$ABCD~relay");
  const auto failed = read("FAILED", " REASON=UPLOAD_REJECTED");
  EXPECT_EQ(failed.action, Action::failed);
  EXPECT_EQ(failed.reason, "UPLOAD_REJECTED");
  EXPECT_FALSE(event<DescriptorEvent>("HS_DESC UPLOADED UNKNOWN UNKNOWN $ABCD").address);
}

TEST(Event, Circuits) {
  const auto circuit = event<CircuitEvent>(
      "CIRC 7 CLOSED $AB~x,$CD=y BUILD_FLAGS=IS_INTERNAL PURPOSE=HS_SERVICE_REND "
      "HS_STATE=HSSR_JOINED TIME_CREATED=2026-11-21T12:00:00.000000 REASON=DESTROYED");
  EXPECT_EQ(circuit.id, "7");
  EXPECT_EQ(circuit.status, CircuitEvent::Status::closed);
  EXPECT_EQ(circuit.purpose, "HS_SERVICE_REND");
  EXPECT_EQ(circuit.hs_state, "HSSR_JOINED");
  EXPECT_EQ(circuit.reason, "DESTROYED");
  EXPECT_EQ(event<CircuitEvent>("CIRC 1 LAUNCHED").status, CircuitEvent::Status::launched);
  EXPECT_EQ(event<CircuitEvent>("CIRC 1 NEWS").status, CircuitEvent::Status::other);
}

TEST(Event, Liveness) {
  EXPECT_TRUE(event<NetworkLiveness>("NETWORK_LIVENESS UP").up);
  EXPECT_FALSE(event<NetworkLiveness>("NETWORK_LIVENESS DOWN").up);
}

TEST(Event, UnknownOnesDoNoHarm) {
  EXPECT_EQ(event<OtherEvent>("WINK A=\"unclosed").name, "WINK");
  EXPECT_EQ(event<OtherEvent>("").name, "");
  const auto with_data =
      must(read_event(test::reply("650+HS_DESC_CONTENT x\r\ndata\r\n.\r\n650 OK\r\n")));
  EXPECT_EQ(std::get<OtherEvent>(with_data).name, "HS_DESC_CONTENT");
}

TEST(Event, KnownOnesMustBeWhole) {
  for (const char* text :
       {"STATUS_CLIENT", "STATUS_CLIENT NOTICE", "STATUS_CLIENT LOUD BOOTSTRAP PROGRESS=1",
        "STATUS_CLIENT NOTICE BOOTSTRAP", "STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=101",
        "STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=-1", "STATUS_GENERAL WARN CLOCK_SKEW",
        "STATUS_GENERAL WARN CLOCK_SKEW SKEW=99999999999999999999",
        "STATUS_GENERAL WARN CLOCK_SKEW SKEW=+-5", "HS_DESC UPLOADED",
        "HS_DESC UPLOADED abc NO_AUTH x", "CIRC 1", "NETWORK_LIVENESS", "NETWORK_LIVENESS ON",
        "CIRC 1 BUILT PURPOSE=\"x"}) {
    EXPECT_EQ(error(text), "tor.control.reply") << text;
  }
}

}  // namespace
}  // namespace sotto::tor
