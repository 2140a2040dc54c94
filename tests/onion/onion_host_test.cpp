#include "onion/testing.h"

namespace sotto::node {
namespace {

TEST_F(OnionTest, HostsAndDials) {
  const EchoService service(io_, folder_ / "echo");
  const auto host_tor = manager("host");
  const auto guest_tor = manager("guest");
  Recorder recorder;
  host_tor->subscribe(recorder);
  auto began = Clock::now();
  must(finish(guest_tor->ready(Clock::now() + limit)));
  must(finish(host_tor->ready(Clock::now() + limit)));
  report("both_bootstrapped", began);
  EXPECT_TRUE(host_tor->reaches_our_sockets());
  EXPECT_EQ(recorder.steps.back(), 100);

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

TEST_F(OnionTest, ComesBackAfterTorWasKilled) {
  const EchoService service(io_, folder_ / "echo");
  const auto host_tor = manager("host");
  const auto guest_tor = manager("guest");
  Recorder recorder;
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
  Recorder recorder;
  tor->subscribe(recorder);
  const auto onion = tor->publish(parameters(service));
  must(finish(onion->reachable(Clock::now() + limit)));
  const pid_t hanging = tor_of(*tor);
  const auto began = Clock::now();
  ::kill(hanging, SIGSTOP);
  until([&] { return recorder.back == 1; });
  report("hanging_tor_replaced", began);
  EXPECT_NE(tor_of(*tor), hanging);
  EXPECT_EQ(error_of(Result<void>(std::unexpected(recorder.lost.at(0)))),
            "tor.control.timeout");
  must(finish(onion->reachable(Clock::now() + limit)));
  must(finish(tor->stop()));
}

}  // namespace
}  // namespace sotto::node
