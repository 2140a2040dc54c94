#include "reach/nat_behaviour.h"

#include <gtest/gtest.h>

namespace sotto::reach {
namespace {

TEST(NatBehaviour, OldNames) {
  const auto name = [](bool translated, Dependence mapping, Dependence filtering) {
    NatBehaviour behaviour;
    behaviour.answered = true;
    behaviour.translated = translated;
    behaviour.mapping = mapping;
    behaviour.filtering = filtering;
    return old_name(behaviour);
  };
  using enum Dependence;
  EXPECT_EQ(name(false, endpoint_independent, endpoint_independent), "open");
  EXPECT_EQ(name(false, endpoint_independent, address_dependent), "firewall");
  EXPECT_EQ(name(true, endpoint_independent, endpoint_independent), "full cone");
  EXPECT_EQ(name(true, endpoint_independent, address_dependent), "restricted");
  EXPECT_EQ(name(true, endpoint_independent, address_and_port_dependent), "port-restricted");
  EXPECT_EQ(name(true, address_dependent, endpoint_independent), "symmetric");
  EXPECT_EQ(name(true, unknown, endpoint_independent), "unknown");
  EXPECT_EQ(to_string(address_and_port_dependent), "address and port-dependent");
  EXPECT_EQ(to_string(PortPattern::counting), "counting");
  EXPECT_EQ(old_name({}), "blocked");
}

TEST(NatBehaviour, PatternsOfPorts) {
  const auto pattern = [](const std::vector<PortSample>& samples) {
    return pattern_of(samples);
  };
  EXPECT_EQ(pattern({{1, 1}, {2, 2}}).pattern, PortPattern::unknown);
  EXPECT_EQ(pattern({{1, 1}, {5, 5}, {9, 9}}).pattern, PortPattern::kept);
  const auto counting = pattern({{1, 65'530}, {5, 65'534}, {9, 2}});
  EXPECT_EQ(counting.pattern, PortPattern::counting);
  EXPECT_EQ(counting.step, 4);
  // Another machine took one between.
  EXPECT_EQ(pattern({{1, 100}, {5, 102}, {9, 106}, {2, 108}}).step, 2);
  EXPECT_EQ(pattern({{1, 100}, {5, 133}, {9, 134}}).pattern, PortPattern::random);
  EXPECT_EQ(pattern({{1, 100}, {5, 99}, {9, 98}}).pattern, PortPattern::random);
  EXPECT_EQ(pattern({{1, 100}, {5, 100}, {9, 101}}).pattern, PortPattern::random);
}

}  // namespace
}  // namespace sotto::reach
