#include "net/tor_words.h"

#include <gtest/gtest.h>

namespace sotto::net {
namespace {

TEST(TorWords, WarningsAndErrorsWithoutTheirDates) {
  EXPECT_EQ(last_words("Nov 21 15:17:14.179 [notice] Tor 0.4.9.11 running on Linux.\n"
                       "Nov 21 15:17:14.180 [warn] Unknown option 'FooBar'.  Failing.\n"
                       "Nov 21 15:17:14.180 [err] Reading config failed.\n"),
            "Unknown option 'FooBar'.  Failing. Reading config failed.");
}

TEST(TorWords, TheLastFourOfMany) {
  EXPECT_EQ(last_words("[warn] 1.\n[warn] 2.\n[warn] 3.\n[notice] no\n[warn] 4.\n[err] 5.\n"),
            "2. 3. 4. 5.");
}

TEST(TorWords, ElseTheLastLine) {
  EXPECT_EQ(last_words("[notice] One.\n[notice] Two.\n\n"), "[notice] Two.");
  EXPECT_EQ(last_words("sh: tor: not found"), "sh: tor: not found");
  EXPECT_EQ(last_words(""), "");
  EXPECT_EQ(last_words("\n\n"), "");
}

TEST(TorWords, NoBytesThatATerminalObeys) {
  EXPECT_EQ(last_words("[warn] \x1b[31mred"), "\\x1b[31mred");
}

}  // namespace
}  // namespace sotto::net
