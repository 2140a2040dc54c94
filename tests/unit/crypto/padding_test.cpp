#include "crypto/padding.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

// Computed from the paper's formula: E = floor(log2 L), S = floor(log2 E) + 1, the lower E - S
// bits zero.
TEST(Padme, IsThePapersFunction) {
  const std::pair<std::size_t, std::size_t> expected[] = {
      {0, 0},
      {1, 1},
      {2, 2},
      {3, 3},
      {4, 4},
      {5, 5},
      {7, 7},
      {8, 8},
      {9, 10},
      {10, 10},
      {100, 104},
      {1000, 1024},
      {1025, 1088},
      {4096, 4096},
      {65540, 67584},
      {1000000, 1015808},
      {1000000000, 1006632960},
  };
  for (const auto& [length, padded] : expected) EXPECT_EQ(padme(length), padded) << length;
}

TEST(Padme, NeverShrinksNeverTurnsBackAndCostsAtMostTwelvePercent) {
  std::size_t previous = 0;
  for (std::size_t length = 1; length < 200'000; ++length) {
    const std::size_t padded = padme(length);
    ASSERT_GE(padded, length);
    ASSERT_GE(padded, previous);
    ASSERT_LE((padded - length) * 100, length * 12) << length;
    ASSERT_EQ(padme(padded), padded);
    previous = padded;
  }
}

TEST(Pad, IsLengthContentAndZeros) {
  EXPECT_EQ(to_hex(pad(as_bytes("sotto"))), "00000005736f74746f00");
  EXPECT_EQ(to_hex(pad({})), "00000000");
}

TEST(Pad, WhatIsPaddedComesBack) {
  for (const std::size_t length : {0, 1, 4, 5, 6, 100, 1000, 70'000}) {
    const Bytes bytes(length, std::byte{7});
    const Bytes padded = pad(bytes);
    EXPECT_EQ(padded.size(), padme(4 + length));
    const auto back = unpad(padded);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, bytes);
    const auto view = unpad_view(padded);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->data(), padded.data() + 4);
  }
}

void expect_damaged(ByteView padded) {
  const auto result = unpad(padded);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(Errc::file_damaged));
}

TEST(Unpad, RefusesWhatPadWouldNotWrite) {
  const Bytes padded = pad(as_bytes("sotto"));
  for (std::size_t length = 0; length < padded.size(); ++length) {
    expect_damaged(ByteView(padded).first(length));
  }
  Bytes longer = padded;
  longer.push_back(std::byte{0});
  expect_damaged(longer);
  expect_damaged(test::hex("00000005736f74746f01"));  // not zero
  expect_damaged(test::hex("00000007736f74746f00"));  // longer than there is
  expect_damaged(test::hex("ffffffff736f74746f00"));
  expect_damaged(test::hex("00000003736f740000000000"));  // not what padme() gives
}

}  // namespace
}  // namespace sotto::crypto
