#include "base/big_endian.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>

namespace sotto {
namespace {

template <class T>
class BigEndian : public testing::Test {};
using Widths = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(BigEndian, Widths);

TYPED_TEST(BigEndian, WhatIsStoredIsLoaded) {
  for (const TypeParam value :
       {TypeParam{0}, TypeParam{1}, static_cast<TypeParam>(0x0102030405060708),
        std::numeric_limits<TypeParam>::max()}) {
    std::array<std::byte, sizeof(TypeParam)> bytes{};
    store_be(bytes, value);
    EXPECT_EQ(load_be<TypeParam>(bytes), value);
  }
}

TEST(BigEndianBytes, TheMostSignificantByteComesFirst) {
  std::array<std::byte, 4> bytes{};
  store_be<std::uint32_t>(bytes, 0x01020304);
  EXPECT_EQ(bytes, (std::array{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}));
  EXPECT_EQ(load_be<std::uint16_t>(bytes), 0x0102);
}

TEST(BigEndianBytes, BytesBehindTheNumberAreLeftAlone) {
  std::array bytes{std::byte{9}, std::byte{9}, std::byte{9}};
  store_be<std::uint16_t>(bytes, 0);
  EXPECT_EQ(bytes[2], std::byte{9});
}

TEST(BigEndianBytes, AppendGrowsByTheWidth) {
  Bytes out{std::byte{0xff}};
  append_be<std::uint16_t>(out, 0x0102);
  EXPECT_EQ(out, (Bytes{std::byte{0xff}, std::byte{1}, std::byte{2}}));
}

}  // namespace
}  // namespace sotto
