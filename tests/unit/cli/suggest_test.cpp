#include "cli/suggest.h"

#include <array>
#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

const std::array<std::string, 5> commands{"host", "join", "send", "history", "init"};

TEST(EditDistance, CountsEachChange) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("host", "host"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("host", "hst"), 1U);
  EXPECT_EQ(edit_distance("host", "hoost"), 1U);
  EXPECT_EQ(edit_distance("host", "hist"), 1U);
  EXPECT_EQ(edit_distance("host", "hots"), 1U);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("hots", commands), "host");
  EXPECT_EQ(nearest("jion", commands), "join");
  EXPECT_EQ(nearest("histroy", commands), "history");
  EXPECT_EQ(nearest("sned", commands), "send");
}

TEST(Nearest, StaysSilentWhenNothingIsNear) {
  EXPECT_FALSE(nearest("frobnicate", commands));
  EXPECT_FALSE(nearest(std::string(100'000, 'h'), commands));
  EXPECT_FALSE(nearest("host", {}));
}

}  // namespace
}  // namespace sotto::cli
