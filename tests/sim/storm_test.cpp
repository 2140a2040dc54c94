// Everything at once.
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

// A history in which anything may happen.
void live_through(std::uint64_t seed) {
  World chance(seed);
  const auto plan = [&chance] {
    return Plan{.control = static_cast<int>(chance.draw(0, 4)),
                .chat = static_cast<int>(chance.draw(1, 30)),
                .files = static_cast<int>(chance.draw(0, 2)),
                .file_pieces = static_cast<int>(chance.draw(0, 6)),
                .longest_pause = chance.draw(milliseconds(100), milliseconds(6'000))};
  };
  Simulation simulation(
      seed, {.joiners = chance.draw(1, 5), .joiners_say = plan(), .host_says = plan()});
  simulation.set_weather({.faults = {Fault::cut, Fault::silent_cut, Fault::damage,
                                     Fault::lost_welcome, Fault::unreachable, Fault::upgrade,
                                     Fault::race, Fault::jump, Fault::standstill},
                          .between = chance.draw(milliseconds(300), milliseconds(10'000)),
                          .lasts = chance.draw(milliseconds(10'000), milliseconds(180'000))});
  simulation.begin();
  simulation.run_to_the_end();
}

TEST(Storm, EverySessionSurvivesAndEverythingArrives) {
  for_each_seed(500, live_through);
}

}  // namespace
}  // namespace sotto::sim
