#include <gtest/gtest.h>

#include "ice_world.h"

namespace sotto::sim {
namespace {

// Whether two NATs let each other in when both sides send at once; with what predicts the ports
// of those that count.
bool is_expected(NatKind a, NatKind b) {
  const auto is_hard = [](NatKind kind, NatKind other) {
    // What a NAT draws anew for each destination can be let in only by one who looks at
    // addresses alone.
    return kind == NatKind::symmetric &&
           (other == NatKind::port_restricted || other == NatKind::symmetric ||
            other == NatKind::counting);
  };
  return !is_hard(a, b) && !is_hard(b, a);
}

std::string name_of(const IceSetting& setting) {
  return to_string(setting.anna) + " to " + to_string(setting.ben);
}

// What must hold once both have selected.
void expect_agreement(IceWorld& world) {
  const auto& anna = *world.anna().selected();
  const auto& ben = *world.ben().selected();
  EXPECT_NE(world.anna().agent().controlling(), world.ben().agent().controlling());
  // What the one sends to leads to the base of the other, and the other way round.
  EXPECT_EQ(world.ben().base_at(anna.remote.address, ben.remote.address), ben.base);
  EXPECT_EQ(world.anna().base_at(ben.remote.address, anna.remote.address), anna.base);
  EXPECT_TRUE(world.can_talk());
}

void expect_every_pair(const IceWeather& weather, std::uint64_t count) {
  for (const NatKind anna : nat_kinds) {
    for (const NatKind ben : nat_kinds) {
      for_each_seed(count, [&](std::uint64_t seed) {
        const IceSetting setting{anna, ben, weather};
        SCOPED_TRACE(name_of(setting));
        IceWorld world(seed, setting);
        const bool connected = world.run();
        if (is_expected(anna, ben)) {
          EXPECT_TRUE(connected);
          if (connected) expect_agreement(world);
        } else {
          EXPECT_FALSE(connected);
          EXPECT_EQ(world.anna().ended(), "path.none");
          EXPECT_EQ(world.ben().ended(), "path.none");
        }
      });
    }
  }
}

TEST(IceSimulation, EveryPairOfNatsThatCanConnects) {
  expect_every_pair({}, 3);
}

TEST(IceSimulation, LossDelaysButDoesNotPrevent) {
  expect_every_pair({10, milliseconds(5), milliseconds(80)}, 10);
}

TEST(IceSimulation, WithRelaysEveryPairConnects) {
  for (const NatKind anna : nat_kinds) {
    for (const NatKind ben : nat_kinds) {
      for_each_seed(3, [&](std::uint64_t seed) {
        IceSetting setting{anna, ben, {10}, true};
        SCOPED_TRACE(name_of(setting));
        IceWorld world(seed, setting);
        ASSERT_TRUE(world.run());
        expect_agreement(world);
      });
    }
  }
}

TEST(IceSimulation, TheSameRoleOnBothSidesIsSettled) {
  for_each_seed(40, [](std::uint64_t seed) {
    IceSetting setting{NatKind::port_restricted, NatKind::port_restricted, {10}};
    setting.same_role = true;
    IceWorld world(seed, setting);
    ASSERT_TRUE(world.run());
    expect_agreement(world);
  });
}

TEST(IceSimulation, APathThatDiesIsNoticedByBoth) {
  for_each_seed(5, [](std::uint64_t seed) {
    IceWorld world(seed, {NatKind::port_restricted, NatKind::restricted, {5}});
    ASSERT_TRUE(world.run());
    world.world().run_for(std::chrono::minutes(10));
    EXPECT_EQ(world.anna().ended(), "");
    world.cut();
    world.world().run_for(seconds(40));
    EXPECT_EQ(world.anna().ended(), "path.lost");
    EXPECT_EQ(world.ben().ended(), "path.lost");
  });
}

TEST(IceSimulation, ManySocketsMeetManyPorts) {
  int connected = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    IceSetting setting{NatKind::symmetric, NatKind::port_restricted, {}};
    setting.birthday = true;
    IceWorld world(seed, setting);
    if (!world.run()) continue;
    ++connected;
    expect_agreement(world);
  }
  // 98 of 100 by the numbers; these twenty are always the same.
  EXPECT_GE(connected, 18);
}

}  // namespace
}  // namespace sotto::sim
