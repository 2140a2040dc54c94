// Records that are changed, lost, repeated or swapped on their way: a lost link, never a wrong
// word.  That the words are right, Conversation checks in every test.
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

const Quality lan{.latency = milliseconds(5)};
const Plan chatty{.control = 0, .chat = 60, .files = 0, .longest_pause = milliseconds(1'000)};

TEST(Damage, OfAnyKindIsALostLinkAndNoMore) {
  for_each_seed(200, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners_say = chatty, .host_says = chatty});
    simulation.set_quality(lan);
    simulation.joiner().connect();
    const Wire wire = simulation.newest_wire();
    const auto kind = static_cast<Damage>(1 + seed % static_cast<std::uint64_t>(last_damage));
    const auto pipe = simulation.world().chance(50) ? wire.to_host : wire.to_joiner;
    simulation.world().after(seconds(3), [pipe, kind] { pipe->damage_next(kind); });
    simulation.run_to_the_end();
    // Two equal bytes may have been swapped; everything else was noticed.
    if (kind != Damage::swap_bytes) {
      EXPECT_EQ(simulation.links(), 2) << static_cast<int>(kind);
    }
  });
}

TEST(Damage, OfTheHandshakeCostsAnotherAttempt) {
  for_each_seed(100, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners_say = chatty, .host_says = chatty});
    simulation.set_quality(lan);
    simulation.joiner().connect();
    const Wire wire = simulation.newest_wire();
    const auto pipe = simulation.world().chance(50) ? wire.to_host : wire.to_joiner;
    simulation.world().after(
        simulation.world().draw(milliseconds(0), milliseconds(20)),
        [&simulation, pipe] { pipe->damage_next(draw_damage(simulation.world())); });
    simulation.run_to_the_end();
  });
}

TEST(Damage, AgainAndAgainIsSurvived) {
  for_each_seed(60, [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 1 + seed % 3});
    simulation.set_weather({.faults = {Fault::damage}, .between = milliseconds(1'500)});
    simulation.begin();
    simulation.run_to_the_end();
  });
}

// The receiver waits for the rest of a record that is none, while both sides go on talking, so
// that neither is ever silent.
TEST(Damage, ALengthThatWasChangedIsFoundOutWhileBothSidesTalk) {
  for_each_seed(10, [](std::uint64_t seed) {
    const Plan small_talk{.control = 0, .chat = 0, .files = 0, .longest_chat = 100};
    Simulation simulation(seed, {.joiners_say = small_talk, .host_says = small_talk});
    simulation.set_quality(lan);
    simulation.joiner().connect();
    simulation.run_to_the_end();
    const auto& joiner = simulation.joiner().conversation();
    const auto host = simulation.host().conversation(0);
    const SteadyTime damaged_at = simulation.world().now();
    simulation.newest_wire().to_host->damage_next(Damage::claim_more);
    while (simulation.links() == 1) {
      for (Conversation* one : {joiner.get(), host.get()}) {
        Conversation* other = one == joiner.get() ? host.get() : joiner.get();
        other->expect(1);
        one->say(1);
        simulation.world().run_for(seconds(2));
      }
      const auto limit = session::LinkTiming{}.record_within() + seconds(10);
      ASSERT_LT(simulation.world().now(), damaged_at + limit);
    }
    simulation.run_to_the_end();
  });
}

}  // namespace
}  // namespace sotto::sim
