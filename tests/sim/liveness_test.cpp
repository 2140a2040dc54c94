// Who is dead and who is only slow: timers, standstills, clocks that jump.
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

const Quality lan{.latency = milliseconds(5)};
const Plan silence{.control = 0, .chat = 0, .files = 0};
constexpr milliseconds slack{100};

// A joiner and a host with one idle link between them.
class Liveness : public testing::Test {
 protected:
  void settle(session::LinkTiming timing = {}) {
    simulation_.emplace(1,
                        Cast{.joiners_say = silence, .host_says = silence, .timing = timing});
    simulation_->set_quality(lan);
    simulation_->joiner().connect();
    simulation_->run_to_the_end();
    world().run_for(seconds(1));
  }

  World& world() { return simulation_->world(); }
  Joiner& joiner() { return simulation_->joiner(); }
  Host& host() { return simulation_->host(); }

  void joiner_says(int messages) {
    host().conversation(0)->expect(messages);
    joiner().conversation()->say(messages);
  }
  void host_says(int messages) {
    joiner().conversation()->expect(messages);
    host().conversation(0)->say(messages);
  }

  // How long `machine` takes, from now on, to lose its link.
  SteadyTime::duration time_to_lose(const Machine& machine) {
    const SteadyTime from = world().now();
    const bool lost =
        world().run_until([&] { return machine.lost_links() == 1; }, std::chrono::hours(1));
    return lost ? world().now() - from : std::chrono::hours(1);
  }

  std::optional<Simulation> simulation_;
};

TEST_F(Liveness, AWedgedHostIsNoticedAfterSixAndAHalfSeconds) {
  settle();
  host().freeze();
  world().run_for(seconds(2));
  joiner_says(1);
  const auto took = time_to_lose(joiner());
  EXPECT_GE(took, milliseconds(6'500));
  EXPECT_LE(took, milliseconds(6'500) + slack);
  host().thaw();
  simulation_->run_to_the_end();
}

TEST_F(Liveness, AWedgedJoinerIsNoticedAfterSixAndAHalfSeconds) {
  settle();
  joiner().freeze();
  world().run_for(seconds(2));
  host_says(1);
  const auto took = time_to_lose(host());
  EXPECT_GE(took, milliseconds(6'500));
  EXPECT_LE(took, milliseconds(6'500) + slack);
  joiner().thaw();
  simulation_->run_to_the_end();
}

TEST_F(Liveness, AHostThatIsWedgedInTheMiddleOfMuchIsNoticedAsSoon) {
  settle();
  joiner_says(2'000);
  world().run_for(milliseconds(50));
  ASSERT_FALSE(simulation_->all_is_said());
  host().freeze();
  const auto took = time_to_lose(joiner());
  EXPECT_GE(took, milliseconds(6'000));
  EXPECT_LE(took, milliseconds(6'500) + slack);
  host().thaw();
  simulation_->run_to_the_end();
}

TEST_F(Liveness, OverAnOnionItMayTakeThirtySeconds) {
  settle({.lost_after = seconds(30)});
  host().freeze();
  joiner_says(1);
  const auto took = time_to_lose(joiner());
  EXPECT_GE(took, seconds(30));
  EXPECT_LE(took, seconds(30) + slack);
  host().thaw();
  simulation_->run_to_the_end();
}

TEST_F(Liveness, AnIdleLinkToAWedgedHostIsNoticedByItsPings) {
  settle();
  host().freeze();
  EXPECT_LE(time_to_lose(joiner()), seconds(100));
}

TEST_F(Liveness, AWireThatDiedSilentlyIsNoticedByBothSides) {
  settle();
  simulation_->newest_wire().cut(false);
  joiner_says(1);
  host_says(1);
  EXPECT_LE(time_to_lose(joiner()), milliseconds(6'500) + slack);
  EXPECT_LE(time_to_lose(host()), slack);
  simulation_->run_to_the_end();
}

TEST_F(Liveness, AStandstillThatIsShortLosesNothing) {
  settle();
  joiner_says(5);
  host().freeze();
  world().run_for(milliseconds(6'000));
  host().thaw();
  simulation_->run_to_the_end();
  EXPECT_EQ(simulation_->links(), 1);
}

TEST_F(Liveness, AnIdleLinkLivesForDays) {
  settle();
  world().run_for(std::chrono::hours(72));
  EXPECT_EQ(joiner().endings().size(), 0U);
  EXPECT_TRUE(joiner().connection()->link()->round_trip() ||
              host().connection(0)->link()->round_trip());
  joiner_says(1);
  host_says(1);
  simulation_->run_to_the_end();
  EXPECT_EQ(simulation_->links(), 1);
}

TEST_F(Liveness, AnIdleLinkSurvivesAClockThatJumps) {
  settle();
  for (int i = 0; i < 5; ++i) {
    joiner().jump(std::chrono::hours(10));
    world().run_for(seconds(1));
    host().jump(std::chrono::hours(10));
    world().run_for(seconds(1));
  }
  joiner_says(3);
  host_says(3);
  simulation_->run_to_the_end();
  EXPECT_EQ(simulation_->links(), 1);
}

TEST_F(Liveness, ASessionSurvivesAClockThatJumpsWhileItTalks) {
  settle();
  for (int i = 0; i < 20; ++i) {
    joiner_says(2);
    host_says(2);
    world().run_for(milliseconds(3));
    joiner().jump(seconds(60));
    world().run_for(seconds(1));
  }
  simulation_->run_to_the_end();
}

// A line on which one large record takes longer than the silence that is allowed.
TEST(Slowness, OfALineIsNotTakenForDeath) {
  for_each_seed(10, [](std::uint64_t seed) {
    const Plan filing{.chat = 5, .files = 1, .file_pieces = 10};
    Simulation simulation(seed, {.joiners_say = filing, .host_says = filing});
    simulation.set_quality({.bytes_a_second = 2'500,
                            .largest_piece = 500,
                            .buffer = seed % 2 == 0 ? 2'048UL : 1UL << 20});
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_EQ(simulation.links(), 1);
  });
}

TEST(Slowness, OfOneJoinerDelaysNoOther) {
  for_each_seed(10, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 4});
    simulation.set_quality(lan);
    simulation.begin();
    simulation.world().run_for(seconds(1));
    simulation.joiner(0).freeze();
    const auto others_are_done = [&simulation] {
      for (Guest guest = 1; guest < 4; ++guest) {
        if (!simulation.joiner(guest).conversation()->heard_everything()) return false;
        if (!simulation.host().conversation(guest)->heard_everything()) return false;
      }
      return true;
    };
    EXPECT_TRUE(simulation.world().run_until(others_are_done, seconds(120)));
    simulation.joiner(0).thaw();
    simulation.run_to_the_end();
  });
}

}  // namespace
}  // namespace sotto::sim
