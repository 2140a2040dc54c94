#include <csignal>

#include "net/tor_control.h"
#include "onion/testing.h"

namespace sotto::node {
namespace {

TEST_F(OnionTest, HostsAndDials) {
  const EchoService service(io_, folder_ / "echo");
  const auto host_tor = manager("host");
  const auto guest_tor = manager("guest");
  TorRecorder recorder;
  host_tor->subscribe(recorder);
  auto began = Clock::now();
  must(finish(guest_tor->ready(Clock::now() + limit)));
  must(finish(host_tor->ready(Clock::now() + limit)));
  report("both_bootstrapped", began);
  EXPECT_TRUE(host_tor->reaches_our_sockets());
  EXPECT_TRUE(recorder.steps.back().done());

  began = Clock::now();
  const auto anna = client();
  const auto bob = client();
  auto wanted = parameters(service);
  wanted.clients = {anna.public_key};
  int changes = 0;
  wanted.on_change = [&](const OnionStatus&) { ++changes; };
  const auto onion = host_tor->publish(std::move(wanted));
  must(finish(onion->reachable(Clock::now() + limit)));
  report("reachable", began);
  EXPECT_TRUE(onion->status().uploaded);
  EXPECT_TRUE(onion->status().reachable);
  EXPECT_TRUE(onion->status().proof_of_work);
  EXPECT_GE(changes, 3);

  began = Clock::now();
  EXPECT_EQ(error_of(dial(*guest_tor, target(*onion))), "tor.onion.auth_missing");
  EXPECT_EQ(error_of(dial(*guest_tor, target(*onion, bob))), "tor.onion.auth_wrong");
  report("refused_twice", began);
  began = Clock::now();
  const auto stream = must(dial(*guest_tor, target(*onion, anna)));
  report("dialed", began);
  EXPECT_EQ(echo(*stream, "over onion"), "over onion");

  // Anna is out, Bob is in; what is open stays open.
  began = Clock::now();
  must(finish(onion->set_clients({bob.public_key})));
  report("clients_set", began);
  EXPECT_FALSE(onion->status().reachable);
  EXPECT_EQ(echo(*stream, "still here"), "still here");
  must(finish(onion->reachable(Clock::now() + limit)));
  report("reachable_with_other_clients", began);
  began = Clock::now();
  EXPECT_EQ(error_of(dial(*guest_tor, target(*onion, anna))), "tor.onion.auth_wrong");
  const auto other = must(dial(*guest_tor, target(*onion, bob)));
  report("dialed_with_the_other_key", began);
  EXPECT_EQ(echo(*other, "hello"), "hello");
  EXPECT_EQ(echo(*stream, "even now"), "even now");

  must(finish(onion->close()));
  EXPECT_EQ(echo(*stream, "last words"), "last words");
  began = Clock::now();
  must(finish(guest_tor->stop()));
  must(finish(host_tor->stop()));
  report("both_stopped", began);
}

TEST_F(OnionTest, HostsManyOnOneTor) {
  const EchoService service(io_, folder_ / "echo");
  const auto tor = manager("host");
  must(finish(tor->ready(Clock::now() + limit)));
  constexpr std::size_t many = 24;
  const auto began = Clock::now();
  std::vector<std::shared_ptr<OnionHost>> onions;
  onions.reserve(many);
  for (std::size_t i = 0; i < many; ++i) onions.push_back(tor->publish(parameters(service)));
  const auto all_reachable = [&] {
    return std::ranges::all_of(onions,
                               [](const auto& onion) { return onion->status().reachable; });
  };
  until(all_reachable, 4 * limit);
  report("all_reachable", began);
  EXPECT_EQ(tor->status().restarts, 0);
  must(finish(tor->stop()));
}

TEST_F(OnionTest, ComesBackAfterTorWasKilled) {
  const EchoService service(io_, folder_ / "echo");
  const auto host_tor = manager("host");
  const auto guest_tor = manager("guest");
  TorRecorder recorder;
  host_tor->subscribe(recorder);
  const auto anna = client();
  auto wanted = parameters(service);
  wanted.clients = {anna.public_key};
  const auto onion = host_tor->publish(std::move(wanted));
  must(finish(onion->reachable(Clock::now() + limit)));
  auto stream = must(dial(*guest_tor, target(*onion, anna)));
  for (int round = 1; round <= 2; ++round) {
    const auto began = Clock::now();
    ::kill(tor_of(*host_tor), SIGKILL);
    until([&] { return recorder.back == round; });
    report("host_tor_back", began);
    must(finish(onion->reachable(Clock::now() + limit)));
    report("reachable_again", began);
    stream = must(dial(*guest_tor, target(*onion, anna)));
    EXPECT_EQ(echo(*stream, "again"), "again");
    report("guest_is_there_again", began);
    EXPECT_EQ(host_tor->status().restarts, round);
  }
  const auto began = Clock::now();
  ::kill(tor_of(*guest_tor), SIGKILL);
  until([&] { return guest_tor->status().state != "ready"; });
  stream = must(dial(*guest_tor, target(*onion, anna)));
  EXPECT_EQ(echo(*stream, "with a new tor"), "with a new tor");
  report("guest_tor_killed_and_dialed", began);
  must(finish(guest_tor->stop()));
  must(finish(host_tor->stop()));
}

TEST_F(OnionTest, ReplacesATorThatHangs) {
  const EchoService service(io_, folder_ / "echo");
  const auto tor = manager("host");
  TorRecorder recorder;
  tor->subscribe(recorder);
  const auto onion = tor->publish(parameters(service));
  must(finish(onion->reachable(Clock::now() + limit)));
  const pid_t hanging = tor_of(*tor);
  const auto began = Clock::now();
  ::kill(hanging, SIGSTOP);
  until([&] { return recorder.back == 1; });
  report("hanging_tor_replaced", began);
  EXPECT_NE(tor_of(*tor), hanging);
  EXPECT_EQ(recorder.lost.at(0), "tor.control.timeout");
  must(finish(onion->reachable(Clock::now() + limit)));
  must(finish(tor->stop()));
}

TEST_F(OnionTest, ReplacesATorThatOutlivedItsSotto) {
  const auto before = manager("host");
  must(finish(before->ready(Clock::now() + limit)));
  must(finish(before->stop()));
  const auto torrc = (before->directory() / "torrc").string();
  const std::string start = "tor -f " + torrc + " --defaults-torrc /dev/null >/dev/null 2>&1 &";
  ASSERT_EQ(std::system(start.c_str()), 0);
  const auto data = before->directory() / "data";
  until_true([&] { return net::tor_holding(data).has_value(); });
  const pid_t leftover = tor_of(*before);
  ::kill(leftover, SIGSTOP);
  const auto after = manager("host");
  const auto began = Clock::now();
  must(finish(after->ready(Clock::now() + limit)));
  report("leftover_replaced", began);
  EXPECT_NE(tor_of(*after), leftover);
  must(finish(after->stop()));
  EXPECT_FALSE(net::tor_holding(data));
}

TEST_F(OnionTest, WorksWhereThePathIsTooLongForSockets) {
  const auto tor = manager(std::string(100, 'x'));
  must(finish(tor->ready(Clock::now() + limit)));
  EXPECT_LE(tor->status().control.size(), 107u);
  must(finish(tor->stop()));
}

// Tor says that all is well while nothing comes through it, as after a machine has slept.
TEST_F(OnionTest, StartsATorAnewThroughWhichNothingComes) {
  const EchoService service(io_, folder_ / "echo");
  TorTiming quick;
  quick.probe = quick.longest_probe = std::chrono::milliseconds(500);
  quick.retry = quick.longest_retry = std::chrono::milliseconds(10);
  quick.retry_after_answer = std::chrono::milliseconds(10);
  quick.renewal = std::chrono::milliseconds(1);
  const auto tor = manager("host", own_tor(), quick);
  TorRecorder recorder;
  tor->subscribe(recorder);
  auto wanted = parameters(service);
  wanted.probe_every = std::chrono::milliseconds(500);
  const auto onion = tor->publish(std::move(wanted));
  must(finish(onion->reachable(Clock::now() + limit)));
  const pid_t first = tor_of(*tor);
  const auto began = Clock::now();
  const auto beside =
      must(finish(net::TorControl::open(io_.get_executor(), tor->directory() / "control",
                                        Secret(), system_entropy(), Clock::now() + limit)));
  auto off = must(tor::set_conf({{"DisableNetwork", "1"}}));
  must(tor::read_ok(must(finish(beside->ask(std::move(off), limit)))));
  until([&] { return recorder.back == 1; });
  report("started_anew", began);
  EXPECT_NE(tor_of(*tor), first);
  must(finish(onion->reachable(Clock::now() + limit)));
  must(finish(tor->stop()));
}

TEST_F(OnionTest, ComesBackWithATorThatItWasGiven) {
  const EchoService service(io_, folder_ / "echo");
  // Somebody else's: it is no business of ours to start it.
  const auto theirs = manager("theirs");
  must(finish(theirs->ready(Clock::now() + limit)));
  TorSettings settings;
  settings.control = theirs->directory() / "control";
  const auto ours = manager("ours", std::move(settings));
  const auto guest = manager("guest");
  TorRecorder recorder;
  ours->subscribe(recorder);
  const auto anna = client();
  auto wanted = parameters(service);
  wanted.clients = {anna.public_key};
  const auto onion = ours->publish(std::move(wanted));
  must(finish(onion->reachable(Clock::now() + limit)));
  EXPECT_EQ(ours->status().whose, "given");
  EXPECT_TRUE(ours->reaches_our_sockets());
  auto stream = must(dial(*guest, target(*onion, anna)));
  EXPECT_EQ(echo(*stream, "hello"), "hello");
  const auto began = Clock::now();
  ::kill(tor_of(*theirs), SIGKILL);
  until([&] { return recorder.back == 1; });
  report("given_tor_back", began);
  must(finish(onion->reachable(Clock::now() + limit)));
  stream = must(dial(*guest, target(*onion, anna)));
  EXPECT_EQ(echo(*stream, "again"), "again");
  report("guest_is_there_again", began);
  // It goes on without us, and without our service.
  must(finish(ours->stop()));
  EXPECT_EQ(theirs->status().state, "ready");
  EXPECT_EQ(theirs->status().restarts, 1);
}

}  // namespace
}  // namespace sotto::node
