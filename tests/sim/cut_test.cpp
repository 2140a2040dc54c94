// Links that die: at every moment, loudly or silently, with what they carried.
#include <functional>
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

const Quality lan{.latency = milliseconds(5)};

// Something in every lane within the first seconds.
const Plan brisk{
    .control = 3, .chat = 12, .files = 1, .file_pieces = 6, .longest_pause = milliseconds(150)};

void survive(std::uint64_t seed, std::vector<Fault> faults) {
  Simulation simulation(seed, {.joiners = 1 + seed % 3});
  simulation.set_weather({.faults = std::move(faults), .between = milliseconds(2'000)});
  simulation.begin();
  simulation.run_to_the_end();
}

TEST(Cut, SessionsSurviveLinksThatAreReset) {
  for_each_seed(60, [](std::uint64_t seed) { survive(seed, {Fault::cut}); });
}

TEST(Cut, SessionsSurviveLinksThatDieSilently) {
  for_each_seed(60, [](std::uint64_t seed) { survive(seed, {Fault::silent_cut}); });
}

TEST(Cut, SessionsSurviveLostWelcomes) {
  for_each_seed(60, [](std::uint64_t seed) {
    survive(seed, {Fault::lost_welcome, Fault::lost_welcome, Fault::cut});
  });
}

TEST(Cut, TheVeryFirstWelcomeMayBeLost) {
  for_each_seed(20, [](std::uint64_t seed) {
    Simulation simulation(seed);
    simulation.happen(Fault::lost_welcome);
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_GE(simulation.host().endings().size(), 1U);
  });
}

TEST(Cut, TheLinkMayDieAtAnyMoment) {
  for (const bool noticed : {true, false}) {
    for (milliseconds at(0); at < milliseconds(1'500); at += milliseconds(5)) {
      SCOPED_TRACE(testing::Message() << "cut after " << at.count() << " ms, "
                                      << (noticed ? "noticed" : "silently"));
      Simulation simulation(1, {.joiners_say = brisk, .host_says = brisk});
      simulation.set_quality(lan);
      simulation.joiner().connect();
      const Wire wire = simulation.newest_wire();
      simulation.world().after(at, [wire, noticed] { wire.cut(noticed); });
      simulation.run_to_the_end();
      ASSERT_FALSE(HasFailure());
    }
  }
}

// A thousand messages each way over wires of which none lives longer than a fifth of a second.
TEST(Cut, WiresThatLiveShortlyCarryMuch) {
  for_each_seed(10, [](std::uint64_t seed) {
    const Plan talk{.control = 0,
                    .chat = 1'000,
                    .files = 0,
                    .longest_pause = milliseconds(20),
                    .longest_chat = 2'000};
    Simulation simulation(seed, {.joiners_say = talk, .host_says = talk});
    simulation.set_quality(lan);
    World& world = simulation.world();
    std::function<void()> cut = [&simulation, &world, &cut] {
      simulation.happen(Fault::cut);
      if (!simulation.all_is_said()) world.after(milliseconds(200), cut);
    };
    world.after(milliseconds(200), cut);
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_GT(simulation.links(), 5);
  });
}

TEST(Cut, OneDirectionMayDieAlone) {
  Plan longer = brisk;
  longer.chat = 60;
  for_each_seed(40, [&longer](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners_say = longer, .host_says = longer});
    simulation.set_quality(lan);
    simulation.joiner().connect();
    const Wire wire = simulation.newest_wire();
    const auto pipe = seed % 2 == 0 ? wire.to_host : wire.to_joiner;
    simulation.world().after(simulation.world().draw(milliseconds(0), milliseconds(800)),
                             [pipe] { pipe->cut(false); });
    simulation.run_to_the_end();
    EXPECT_GT(simulation.links(), 1);
  });
}

TEST(Cut, WhatIsSaidWhileTheHostCannotBeReachedArrivesLater) {
  for_each_seed(20, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 2});
    simulation.begin();
    simulation.world().run_for(seconds(5));
    simulation.set_weather({.faults = {Fault::unreachable, Fault::cut},
                            .between = milliseconds(1'000),
                            .lasts = seconds(600)});
    simulation.run_to_the_end();
  });
}

}  // namespace
}  // namespace sotto::sim
