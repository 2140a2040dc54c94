#include "base/fixed_bytes.h"

#include <gtest/gtest.h>
#include <type_traits>

namespace sotto {
namespace {

using Small = FixedBytes<struct SmallTag, 4>;

class Counting : public Entropy {
 public:
  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(next_++);
  }

 private:
  int next_ = 1;
};

TEST(FixedBytes, ComesFromExactlyItsLength) {
  EXPECT_TRUE(Small::from(as_bytes("four")));
  EXPECT_FALSE(Small::from(as_bytes("fou")));
  EXPECT_FALSE(Small::from(as_bytes("fours")));
  EXPECT_EQ(as_text(Small::from(as_bytes("four"))->view()), "four");
}

TEST(FixedBytes, IsZeroAtFirstAndOrderedByItsBytes) {
  EXPECT_EQ(Small(), *Small::from(Bytes(4)));
  EXPECT_LT(*Small::from(as_bytes("aaab")), *Small::from(as_bytes("aaba")));
}

TEST(FixedBytes, DrawsFromTheEntropyItIsHanded) {
  Counting entropy;
  EXPECT_EQ(as_text(Small::random(entropy).view()), "\1\2\3\4");
  EXPECT_EQ(as_text(Small::random(entropy).view()), "\5\6\7\x8");
}

TEST(FixedBytes, OfAnotherTagIsAnotherType) {
  static_assert(!std::is_convertible_v<Small, FixedBytes<struct OtherTag, 4>>);
  static_assert(!std::is_convertible_v<SessionId, RoomId>);
}

}  // namespace
}  // namespace sotto
