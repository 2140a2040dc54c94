#include "node/tor_manager.h"

#include "base/log.h"
#include "unit/node/fake_tor.h"

namespace sotto::node {
namespace {

class TorManagerTest : public FakeTorTest {};

TEST_F(TorManagerTest, UsesTheTorThatItWasGiven) {
  TorManager& manager = begin();
  EXPECT_EQ(manager.status().state, "idle");
  must(run(manager.ready(soon())));
  const TorStatus status = manager.status();
  EXPECT_EQ(status.state, "ready");
  EXPECT_EQ(status.whose, "given");
  EXPECT_EQ(status.version, "0.4.9.11");
  EXPECT_EQ(status.control, (folder_ / "control").string());
  EXPECT_EQ(status.bootstrap, 100);
  EXPECT_EQ(status.restarts, 0);
  EXPECT_TRUE(manager.reaches_our_sockets());
  // It goes on without us: nobody ends it.
  EXPECT_EQ(tor_.count("TAKEOWNERSHIP"), 0);
  must(run(manager.stop()));
  EXPECT_EQ(tor_.count("SIGNAL"), 0);
  EXPECT_EQ(manager.status().state, "idle");
}

TEST_F(TorManagerTest, ATorOfAnotherUserDoesNotReachOurFiles) {
  tor_.info["process/uid"] = std::to_string(::geteuid() + 1);
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  EXPECT_FALSE(manager.reaches_our_sockets());
}

TEST_F(TorManagerTest, CountsCircuits) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  tor_.control->say(
      "650 CIRC 1 BUILT PURPOSE=GENERAL\r\n650 CIRC 2 BUILT PURPOSE=GENERAL\r\n"
      "650 CIRC 3 LAUNCHED PURPOSE=GENERAL\r\n");
  until([&] { return manager.status().circuits == 2; });
  tor_.control->say("650 CIRC 1 CLOSED PURPOSE=GENERAL\r\n");
  until([&] { return manager.status().circuits == 1; });
}

TEST_F(TorManagerTest, SaysWhyBootstrapIsStuck) {
  tor_.bootstrap(10);
  TorManager& manager = begin();
  tor_.info["status/bootstrap-phase"] =
      "WARN BOOTSTRAP PROGRESS=10 TAG=conn_done SUMMARY=\"Connecting to a relay\" "
      "WARNING=\"No route to host\" REASON=NOROUTE COUNT=5 RECOMMENDATION=warn "
      "HOSTADDR=\"192.0.2.1:443\"";
  const auto ready = run(manager.ready(in(milliseconds(300))));
  EXPECT_EQ(error_of(ready), "tor.bootstrap");
  EXPECT_TRUE(ready.error().text().contains("10 %")) << ready.error().text();
  EXPECT_TRUE(ready.error().text().contains("No route to host")) << ready.error().text();
  EXPECT_EQ(manager.status().state, "bootstrapping");
  EXPECT_EQ(manager.status().trouble->name(), "tor.bootstrap");
  ASSERT_FALSE(recorder_.steps.empty());
  EXPECT_TRUE(recorder_.steps.back().stuck());

  // The trouble passes.
  tor_.bootstrap(50);
  tor_.bootstrap(100);
  must(run(manager.ready(soon())));
  EXPECT_FALSE(manager.status().trouble);
  EXPECT_TRUE(recorder_.steps.back().done());
}

TEST_F(TorManagerTest, SaysOnceThatTheClockIsOff) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  const std::string event =
      "650 STATUS_GENERAL WARN CLOCK_SKEW MIN_SKEW=0 SKEW=-10800 "
      "SOURCE=DIRSERV:192.0.2.1:80\r\n";
  tor_.control->say(event + event);
  until([&] { return !recorder_.notices.empty(); });
  EXPECT_EQ(recorder_.notices.at(0).name(), "tor.clock");
  EXPECT_TRUE(recorder_.notices.at(0).text().contains("3 h")) << recorder_.notices[0].text();
  EXPECT_EQ(recorder_.notices.size(), 1u);
}

TEST_F(TorManagerTest, ComesBackWhenTorDoes) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  tor_.go_down();
  until([&] { return manager.status().state == "lost"; });
  ASSERT_EQ(recorder_.lost.size(), 1u);
  EXPECT_EQ(recorder_.lost[0], "tor.control.closed");
  EXPECT_TRUE(manager.status().trouble);
  // It is waited for, but not for ever.
  EXPECT_EQ(error_of(run(manager.ready(in(milliseconds(100))))), "tor.bootstrap");
  EXPECT_EQ(recorder_.back, 0);
  tor_.come_up();
  must(run(manager.ready(soon())));
  EXPECT_EQ(recorder_.back, 1);
  EXPECT_EQ(recorder_.lost.size(), 1u);
  EXPECT_EQ(manager.status().restarts, 1);
}

TEST_F(TorManagerTest, GivesUpAControlPortThatAnswersNothing) {
  TorTiming impatient = timing();
  impatient.answer = milliseconds(200);
  impatient.beat = milliseconds(20);
  TorManager& manager = begin(impatient);
  must(run(manager.ready(soon())));
  tor_.control->port.trouble = FakeControlPort::Trouble::silence;
  until([&] { return !recorder_.lost.empty(); });
  EXPECT_EQ(recorder_.lost[0], "tor.control.timeout");
  until([&] { return tor_.control->open() == 0; });
  tor_.control->port.trouble = FakeControlPort::Trouble::none;
  until([&] { return recorder_.back == 1; });
}

TEST_F(TorManagerTest, WhatWasNeverThereIsNotWaitedFor) {
  tor_.go_down();
  TorManager& manager = begin();
  EXPECT_EQ(error_of(run(manager.ready(soon()))), "tor.control.closed");
  EXPECT_EQ(manager.status().state, "idle");
  EXPECT_EQ(manager.status().trouble->name(), "tor.control.closed");
  // It is looked for again when somebody asks again.
  tor_.come_up();
  must(run(manager.ready(soon())));
  EXPECT_TRUE(recorder_.lost.empty());
}

TEST_F(TorManagerTest, ATorThatDoesNotLetUsInIsSaidAtOnce) {
  tor_.control->port.methods = "COOKIE,SAFECOOKIE";
  tor_.control->port.cookie_file = folder_ / "none";
  EXPECT_EQ(error_of(run(begin().ready(soon()))), "tor.control.cookie");
  tor_.control->port.methods = "COOKIE";
  EXPECT_EQ(error_of(run(begin().ready(soon()))), "tor.control.auth");
}

TEST_F(TorManagerTest, ATorThatCannotBeUsedIsSaidAtOnce) {
  tor_.info["net/listeners/socks"] = "\"192.0.2.1:9050\" \"unix:/nowhere/socks\"";
  EXPECT_EQ(error_of(run(begin().ready(soon()))), "tor.control.refused");
  tor_.control->port.answers["PROTOCOLINFO"] =
      "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.5.7\"\r\n250 "
      "OK\r\n";
  EXPECT_EQ(error_of(run(begin().ready(soon()))), "tor.failed");
}

TEST_F(TorManagerTest, ChangesSettingsOnlyWhileItDoesNotRun) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  TorSettings others;
  others.own = true;
  EXPECT_EQ(error_of(manager.configure(others)), "tor.running");
  TorSettings same;
  same.control = (folder_ / "control").string();
  must(manager.configure(same));
  must(run(manager.stop()));
  must(manager.configure(others));
}

TEST_F(TorManagerTest, StopEndsWhoWaits) {
  tor_.bootstrap(10);
  TorManager& manager = begin();
  std::optional<Result<void>> ready;
  boost::asio::co_spawn(
      io_, manager.ready(soon()),
      [&](const std::exception_ptr&, Result<void> result) { ready = result; });
  until([&] { return manager.status().state == "bootstrapping"; });
  must(run(manager.stop()));
  until([&] { return ready.has_value(); });
  EXPECT_EQ(error_of(*ready), "tor.bootstrap");
  // And it may be started again.
  tor_.bootstrap(100);
  must(run(manager.ready(soon())));
}

TEST_F(TorManagerTest, MayGoWhileEverythingWaits) {
  tor_.bootstrap(10);
  TorManager& manager = begin();
  int ended = 0;
  const auto count = [&](const std::exception_ptr&, const auto& result) {
    EXPECT_FALSE(result);
    ++ended;
  };
  auto onion = manager.publish(parameters());
  boost::asio::co_spawn(io_, manager.ready(soon()), count);
  boost::asio::co_spawn(io_, onion->reachable(soon()), count);
  boost::asio::co_spawn(
      io_, manager.dial(target(), tor::Isolation::random(system_entropy()), soon()), count);
  until([&] { return manager.status().state == "bootstrapping"; });
  manager_.reset();
  until([&] { return ended == 3; });
  EXPECT_EQ(error_of(run(onion->reachable(soon()))), "route.closed");
  must(run(onion->close()));
  until([&] { return tor_.control->open() == 0; });
}

TEST_F(TorManagerTest, MayGoWithItsLoop) {
  tor_.bootstrap(10);
  TorManager& manager = begin();
  boost::asio::co_spawn(io_, manager.ready(soon()), boost::asio::detached);
  const auto onion = manager.publish(parameters());
  boost::asio::co_spawn(io_, onion->reachable(soon()), boost::asio::detached);
  until([&] { return manager.status().state == "bootstrapping"; });
  manager_.reset();
}

TEST_F(TorManagerTest, DialsWithTheIsolationThatItWasTold) {
  TorManager& manager = begin();
  const auto isolation = tor::Isolation::random(system_entropy());
  must(run(manager.dial(target(), isolation, soon())));
  EXPECT_EQ(tor_.users, std::vector{isolation.user});
  EXPECT_EQ(tor_.asked_for, std::vector{address().host() + ":9735"});
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 0);
}

TEST_F(TorManagerTest, DialsAgainWhereThatHelps) {
  begin();
  tor_.replies = {0xf0, 0xf2, 0xf3, 0xf7, 0x01};
  must(dial(target()));
  EXPECT_EQ(tor_.users.size(), 6u);
}

TEST_F(TorManagerTest, DialsNoMoreWhereNothingHelps) {
  begin();
  const std::vector<std::pair<int, std::string>> final{{0xf4, "tor.onion.auth_missing"},
                                                       {0xf5, "tor.onion.auth_wrong"},
                                                       {0xf6, "tor.onion.address"}};
  for (const auto& [reply, name] : final) {
    tor_.users.clear();
    tor_.replies = {reply};
    EXPECT_EQ(error_of(dial(target())), name);
    EXPECT_EQ(tor_.users.size(), 1u);
  }
}

TEST_F(TorManagerTest, TellsWhatTorSaidWhenTimeIsOver) {
  begin();
  tor_.replies = std::deque<int>(100, 0xf0);
  EXPECT_EQ(error_of(dial(target(), milliseconds(400))), "tor.onion.descriptor");
  tor_.replies = {0xf2, FakeTor::no_answer};
  EXPECT_EQ(error_of(dial(target(), milliseconds(600))), "tor.onion.introduction");
  tor_.replies = {FakeTor::no_answer};
  EXPECT_EQ(error_of(dial(target(), milliseconds(100))), "route.timeout");
}

TEST_F(TorManagerTest, GivesTorAKeyOnce) {
  begin();
  OnionTarget with_key = target();
  with_key.key = crypto::X25519SecretKey(system_entropy());
  must(dial(with_key.copy()));
  must(dial(with_key.copy()));
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD " + address().id()), 1);
  // Another one replaces it.
  with_key.key = crypto::X25519SecretKey(system_entropy());
  must(dial(with_key.copy()));
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 2);
  // Somebody else has replaced it, or tor forgot.
  tor_.replies = {0xf4};
  must(dial(with_key.copy()));
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 3);
  tor_.replies = {0xf5, 0xf5};
  EXPECT_EQ(error_of(dial(with_key.copy())), "tor.onion.auth_wrong");
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 4);
  // A tor that comes back knows none, and one that stays without us is to know none.
  tor_.go_down();
  until([&] { return manager_->status().state == "lost"; });
  tor_.come_up();
  must(dial(with_key.copy()));
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 5);
  must(run(manager_->stop()));
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_REMOVE"), 1);
}

TEST_F(TorManagerTest, RenewsTheDescriptorWhenItDialsAgain) {
  begin();
  must(dial(target()));
  EXPECT_EQ(tor_.count("HSFETCH"), 0);
  must(dial(target()));
  EXPECT_EQ(tor_.count("HSFETCH " + address().id()), 1);
}

TEST_F(TorManagerTest, WakesATorThatSleeps) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  EXPECT_EQ(tor_.count("SIGNAL"), 0);
  tor_.info["dormant"] = "1";
  must(dial(target()));
  EXPECT_EQ(tor_.count("SIGNAL ACTIVE"), 1);
}

TEST_F(TorManagerTest, DialsOnceTorIsBack) {
  TorManager& manager = begin();
  must(run(manager.ready(soon())));
  tor_.go_down();
  std::optional<Result<Stream>> dialed;
  boost::asio::co_spawn(
      io_, manager.dial(target(), tor::Isolation::random(system_entropy()), soon()),
      [&](const std::exception_ptr&, Result<Stream> result) { dialed = std::move(result); });
  until([&] { return manager.status().state == "lost"; });
  EXPECT_FALSE(dialed);
  tor_.come_up();
  until([&] { return dialed.has_value(); });
  EXPECT_TRUE(*dialed);
}

TEST_F(TorManagerTest, UsesTheSystemsWhereItMay) {
  TorSettings settings;
  settings.system = {folder_ / "nobody", folder_ / "control"};
  settings.program = folder_ / "no-such-program";
  must(run(begin(settings).ready(soon())));
  EXPECT_EQ(manager_->status().whose, "system");
  EXPECT_EQ(manager_->status().control, (folder_ / "control").string());
  // Services and sessions are on it: nothing else will do when it has gone for a moment.
  tor_.go_down();
  until([&] { return manager_->status().state == "lost"; });
  EXPECT_EQ(error_of(run(manager_->ready(in(milliseconds(100))))), "tor.bootstrap");
  tor_.come_up();
  must(run(manager_->ready(soon())));
  EXPECT_EQ(manager_->status().whose, "system");
}

TEST_F(TorManagerTest, RunsItsOwnWhereItMayNotUseTheSystems) {
  std::vector<std::string> logged;
  set_log(LogLevel::info, [&](LogLevel, std::string_view line) { logged.emplace_back(line); });
  TorSettings settings;
  settings.system = {folder_ / "control"};
  settings.program = folder_ / "no-such-program";  // as far as it comes
  tor_.control->port.methods = "COOKIE,SAFECOOKIE";
  tor_.control->port.cookie_file = folder_ / "unreadable";
  EXPECT_EQ(error_of(run(begin(settings).ready(soon()))), "tor.missing");
  set_log(LogLevel::warning, {});
  // Why, and what would help.
  EXPECT_TRUE(std::ranges::any_of(logged, [](const std::string& line) {
    return line.contains("The system's tor is not used") && line.contains("group");
  }));
  // Lines of our own are for a tor of our own.
  tor_.control->port.methods = "NULL";
  settings.extra = {"ConnectionPadding 1"};
  EXPECT_EQ(error_of(run(begin(settings).ready(soon()))), "tor.missing");
  settings.extra.clear();
  settings.own = true;
  EXPECT_EQ(error_of(run(begin(settings).ready(soon()))), "tor.missing");
  EXPECT_TRUE(tor_.commands.empty());
}

TEST_F(TorManagerTest, SaysWhenThereIsNoTorToStart) {
  TorSettings settings;
  settings.own = true;
  settings.program = folder_ / "no-such-program";
  const auto ready = run(begin(settings).ready(soon()));
  EXPECT_EQ(error_of(ready), "tor.missing");
  settings.control = "192.0.2.1:9051";
  EXPECT_EQ(error_of(run(begin(settings).ready(soon()))), "tor.control.argument");
}

}  // namespace
}  // namespace sotto::node
