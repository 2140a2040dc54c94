#include "session/password_backoff.h"

#include <gtest/gtest.h>
#include <vector>

namespace sotto::session {
namespace {

class Backoff : public testing::Test {
 protected:
  SteadyTime now_{seconds(1000)};
  PasswordBackoff tries_;

  bool may_try() { return tries_.begin(now_).has_value(); }
  // Tries wrongly `count` times, each as soon as it is let, and says how long that took.
  milliseconds wrong(int count) {
    const SteadyTime start = now_;
    for (int i = 0; i < count; ++i) {
      while (!may_try()) now_ += milliseconds(100);
    }
    return std::chrono::duration_cast<milliseconds>(now_ - start);
  }
};

TEST_F(Backoff, TheFirstTriesAreFree) {
  EXPECT_EQ(wrong(3), milliseconds(0));
  EXPECT_FALSE(may_try());
}

TEST_F(Backoff, EachPauseIsTwiceTheLastUpToAMinute) {
  wrong(3);
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 9; ++i) pauses.push_back(wrong(1).count());
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 60000,
                                               60000, 60000}));
}

TEST_F(Backoff, ManyAtOnceGainNothing) {
  int let = 0;
  for (int i = 0; i < 1000; ++i) let += may_try() ? 1 : 0;
  EXPECT_EQ(let, 3);
}

// 60 * 24 and the few of the beginning.
TEST_F(Backoff, ADayOfGuessingIsNotMany) {
  const SteadyTime end = now_ + std::chrono::hours(24);
  int let = 0;
  for (; now_ < end; now_ += milliseconds(500)) let += may_try() ? 1 : 0;
  EXPECT_LE(let, 1450);
  EXPECT_GE(let, 1400);
}

TEST_F(Backoff, ARightOneCountsForNothing) {
  for (int i = 0; i < 100; ++i) {
    const auto which = tries_.begin(now_);
    ASSERT_TRUE(which) << i;
    tries_.was_right(*which);
  }
}

// Else whoever knows the password would give those who do not their free tries back.
TEST_F(Backoff, ARightOneForgivesNoWrongOne) {
  wrong(4);
  now_ += seconds(2);
  const auto right = tries_.begin(now_);
  ASSERT_TRUE(right);
  tries_.was_right(*right);
  EXPECT_EQ(wrong(2), seconds(4));  // at once, and after the pause that came fifth anyway
}

TEST_F(Backoff, ARightOneDoesNotOpenTheDoorForAnotherThatHasBegunSince) {
  wrong(3);
  now_ += seconds(1);
  const auto right = tries_.begin(now_);
  ASSERT_TRUE(right);
  now_ += seconds(2);
  ASSERT_TRUE(may_try());
  tries_.was_right(*right);
  EXPECT_FALSE(may_try());
}

TEST_F(Backoff, TenQuietMinutesAreForgiven) {
  wrong(8);
  now_ += PasswordBackoff::memory;
  EXPECT_EQ(wrong(3), milliseconds(0));
  EXPECT_EQ(wrong(1), seconds(1));
}

TEST_F(Backoff, NoNumberOfTriesOverflows) {
  wrong(3);
  for (int i = 0; i < 200; ++i) {
    now_ += PasswordBackoff::longest_pause;
    ASSERT_TRUE(may_try());
    ASSERT_FALSE(may_try());
  }
}

}  // namespace
}  // namespace sotto::session
