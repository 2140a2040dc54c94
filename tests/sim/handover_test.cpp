// Make before break: a session moves to a new link while the old one lives, and the two
// overtake each other.
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

const Plan brisk{.control = 5,
                 .chat = 100,
                 .files = 2,
                 .file_pieces = 20,
                 .longest_pause = milliseconds(200)};

const Quality slow{.latency = milliseconds(600), .jitter = milliseconds(300)};
const Quality fast{.latency = milliseconds(2)};

TEST(Handover, NothingIsLostWhenTheSessionMovesOften) {
  for_each_seed(60, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 1 + seed % 3});
    simulation.set_weather({.faults = {Fault::upgrade}, .between = milliseconds(700)});
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_GT(simulation.host().resumed(), 3);
  });
}

TEST(Handover, ASlowLinkIsLeftForAFastOneAndBack) {
  for_each_seed(20, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners_say = brisk, .host_says = brisk});
    simulation.set_quality(slow);
    simulation.begin();
    for (int i = 0; i < 12; ++i) {
      simulation.world().run_for(
          simulation.world().draw(milliseconds(700), milliseconds(1'500)));
      simulation.set_quality(i % 2 == 0 ? fast : slow);
      simulation.joiner().connect();
    }
    simulation.run_to_the_end();
    EXPECT_GT(simulation.host().resumed(), 3);
  });
}

// The request to resume says what was received when it left; over the fast old link, later
// acknowledgements arrive before it.
TEST(Handover, AcknowledgementsOvertakeTheRequestToResume) {
  for_each_seed(20, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners_say = brisk, .host_says = brisk});
    simulation.set_quality(fast);
    simulation.begin();
    simulation.world().run_for(seconds(1));
    simulation.set_quality(slow);
    simulation.joiner().connect();
    simulation.run_to_the_end();
    EXPECT_EQ(simulation.host().resumed(), 1);
    EXPECT_EQ(simulation.links(), 2);
  });
}

TEST(Handover, OfTwoNewLinksAtOnceTheNewerStays) {
  for_each_seed(60, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 1 + seed % 3});
    simulation.set_weather({.faults = {Fault::race}, .between = milliseconds(1'500)});
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_GT(simulation.host().resumed(), 3);
  });
}

TEST(Handover, TheOldLinkMayDieInTheMiddle) {
  for (milliseconds at(0); at < milliseconds(400); at += milliseconds(4)) {
    SCOPED_TRACE(testing::Message() << "cut " << at.count() << " ms after the new one began");
    Simulation simulation(2, {.joiners_say = brisk, .host_says = brisk});
    simulation.set_quality({.latency = milliseconds(40)});
    simulation.joiner().connect();
    const Wire old = simulation.newest_wire();
    simulation.world().run_for(seconds(2));
    simulation.joiner().connect();
    simulation.world().after(at, [old] { old.cut(false); });
    simulation.run_to_the_end();
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Handover, TheNewLinkMayDieInTheMiddle) {
  for (milliseconds at(0); at < milliseconds(400); at += milliseconds(4)) {
    SCOPED_TRACE(testing::Message() << "cut " << at.count() << " ms after it began");
    Simulation simulation(3, {.joiners_say = brisk, .host_says = brisk});
    simulation.set_quality({.latency = milliseconds(40)});
    simulation.joiner().connect();
    simulation.world().run_for(seconds(2));
    simulation.joiner().connect();
    const Wire young = simulation.newest_wire();
    simulation.world().after(at, [young] { young.cut(false); });
    simulation.run_to_the_end();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace sotto::sim
