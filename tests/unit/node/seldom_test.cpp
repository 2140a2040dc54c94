#include "node/seldom.h"

#include <gtest/gtest.h>

namespace sotto::node {
namespace {

TEST(Seldom, SaysTheSameThingOnceInAWhile) {
  Seldom seldom(milliseconds(100));
  const SteadyTime start(seconds(5));
  EXPECT_TRUE(seldom.may_say("a", start));
  EXPECT_FALSE(seldom.may_say("a", start + milliseconds(99)));
  EXPECT_TRUE(seldom.may_say("b", start + milliseconds(99)));
  EXPECT_TRUE(seldom.may_say("a", start + milliseconds(100)));
  EXPECT_FALSE(seldom.may_say("a", start + milliseconds(150)));
}

}  // namespace
}  // namespace sotto::node
