// Good weather: every kind of network delivers everything, and orderly ends are orderly.
#include <gtest/gtest.h>

#include "simulation.h"

namespace sotto::sim {
namespace {

TEST(Delivery, EverythingArrivesOverEveryKindOfNetworkWithoutALostLink) {
  for_each_seed(60, [](std::uint64_t seed) {
    const Guest joiners = 1 + seed % 5;
    Simulation simulation(seed, {.joiners = joiners});
    simulation.begin();
    simulation.run_to_the_end();
    EXPECT_EQ(simulation.links(), static_cast<int>(joiners));
    EXPECT_EQ(simulation.host().lost_links(), 0U);
  });
}

TEST(Delivery, ManySmallMessagesOfEverybodyKeepTheirOrder) {
  for_each_seed(5, [](std::uint64_t seed) {
    const Plan chatty{
        .control = 100, .chat = 300, .files = 0, .longest_pause = milliseconds(40)};
    Simulation simulation(seed, {.joiners = 5, .joiners_say = chatty, .host_says = chatty});
    simulation.begin();
    simulation.run_to_the_end();
  });
}

TEST(Delivery, FilesOfBothSidesGoSideBySide) {
  for_each_seed(10, [](std::uint64_t seed) {
    const Plan filing{
        .chat = 10, .files = 5, .file_pieces = 20, .longest_pause = milliseconds(50)};
    Simulation simulation(seed, {.joiners_say = filing, .host_says = filing});
    simulation.begin();
    simulation.run_to_the_end();
  });
}

TEST(Delivery, AGoodbyeIsHeardByTheOtherSide) {
  for_each_seed(30, [](std::uint64_t seed) {
    Simulation simulation(seed);
    simulation.begin();
    simulation.run_to_the_end();
    simulation.joiner().leave();
    simulation.world().run_for(seconds(10));
    ASSERT_EQ(simulation.joiner().endings().size(), 1U);
    EXPECT_FALSE(simulation.joiner().endings()[0].why);
    ASSERT_EQ(simulation.host().endings().size(), 1U);
    const auto& heard = simulation.host().endings()[0].why;
    EXPECT_TRUE(heard && heard->is(session::Errc::left));
  });
}

TEST(Delivery, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    Simulation simulation(seed, {.joiners = 3});
    simulation.set_weather({.faults = {Fault::cut, Fault::damage, Fault::upgrade}});
    simulation.begin();
    simulation.run_to_the_end();
    return std::pair(simulation.world().now(), simulation.links());
  };
  for (const std::uint64_t seed : seeds(5)) EXPECT_EQ(history(seed), history(seed));
}

}  // namespace
}  // namespace sotto::sim
