#include "reach/chance.h"

#include <gtest/gtest.h>
#include <set>

#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

TEST(Chance, BothEndsAreDrawnAndNothingElse) {
  SeededEntropy entropy(1);
  std::set<std::uint64_t> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(draw_between(entropy, 7, 10));
  EXPECT_EQ(drawn, (std::set<std::uint64_t>{7, 8, 9, 10}));
  EXPECT_EQ(draw_between(entropy, 5, 5), 5U);
  EXPECT_EQ(draw_between(entropy, milliseconds(5), milliseconds(5)), milliseconds(5));
}

}  // namespace
}  // namespace sotto::reach
