#include "base/fold.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

TEST(FoldCase, IsTheSameForTextsThatDifferInCase) {
  EXPECT_EQ(fold_case("Straße"), fold_case("STRASSE"));
  EXPECT_EQ(fold_case("ΌΔΟΣ"), fold_case("όδος"));
  EXPECT_EQ(fold_case("Ÿ"), fold_case("ÿ"));
  EXPECT_NE(fold_case("a"), fold_case("b"));
  EXPECT_EQ(fold_case(""), "");
}

TEST(FoldCase, IsTheSameHoweverAccentsArePutTogether) {
  EXPECT_EQ(fold_case("caf\u00e9"), fold_case("CAFE\u0301"));
}

TEST(FoldCase, LeavesWhatIsNoUtf8) {
  EXPECT_EQ(fold_case("\xff\xfe"), "\xff\xfe");
}

}  // namespace
}  // namespace sotto
