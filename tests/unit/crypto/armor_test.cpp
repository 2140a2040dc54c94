#include "crypto/armor.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

Bytes some_bytes(std::size_t length) {
  SeededEntropy entropy(length + 1);
  Bytes out(length);
  entropy.fill(out);
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

void expect_refused(std::string_view text) {
  const auto result = unarmor(text);
  ASSERT_FALSE(result) << text;
  EXPECT_TRUE(result.error().is(Errc::armor_syntax));
}

TEST(Armor, LooksAsDocumented) {
  EXPECT_EQ(armor(as_bytes("SOTTO")),
            "-----BEGIN SOTTO FILE-----\nU09UVE8=\n-----END SOTTO FILE-----\n");
  EXPECT_EQ(armor({}), "-----BEGIN SOTTO FILE-----\n-----END SOTTO FILE-----\n");
}

TEST(Armor, LinesHold64Columns) {
  const std::string text = armor(some_bytes(97));
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 64U);
    at = end + 1;
  }
  EXPECT_EQ(lines, 2U + 3U);  // 132 letters: 64, 64, 4
}

TEST(Armor, WhatIsArmoredComesBack) {
  for (const std::size_t length : {0, 1, 2, 3, 47, 48, 49, 95, 96, 97, 1000}) {
    const Bytes bytes = some_bytes(length);
    const auto back = unarmor(armor(bytes));
    ASSERT_TRUE(back) << length;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Armor, MailMayAddWhiteSpaceAroundAndCarriageReturns) {
  const Bytes bytes = some_bytes(100);
  const std::string text = armor(bytes);
  for (const std::string& mailed :
       {"\n\n" + text + " \n", with_crlf(text), "\r\n\t " + with_crlf(text) + "\r\n\r\n",
        text.substr(0, text.size() - 1)}) {
    const auto back = unarmor(mailed);
    ASSERT_TRUE(back) << mailed;
    EXPECT_EQ(*back, bytes);
    EXPECT_TRUE(is_armored(mailed));
  }
}

TEST(Armor, IsRecognisedByItsLabel) {
  EXPECT_TRUE(is_armored("  \n-----BEGIN SOTTO FILE-----\nanything"));
  EXPECT_FALSE(is_armored(""));
  EXPECT_FALSE(is_armored("SOTTO"));
  EXPECT_FALSE(is_armored("Dear Ada,\n-----BEGIN SOTTO FILE-----\n"));
  EXPECT_FALSE(is_armored("-----BEGIN PGP MESSAGE-----\n"));
}

// A change inside the base64 can yield other bytes (the file's own hash notices), but never the
// same ones.
TEST(Armor, NoTwoTextsMeanTheSameBytes) {
  const Bytes bytes = some_bytes(50);
  const std::string text = armor(bytes);
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1U << bit));
      const auto back = unarmor(changed);
      if (back) {
        EXPECT_NE(*back, bytes) << changed;
      } else {
        EXPECT_TRUE(back.error().is(Errc::armor_syntax));
      }
    }
  }
}

TEST(Armor, RefusesWhiteSpaceAndForeignCharactersInside) {
  const std::string text = armor(some_bytes(100));
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    for (const char foreign : {' ', '\n', '\t', '\r', '\0', '!', '\xc3'}) {
      if (foreign == '\r' && text[at] == '\n') continue;  // a CRLF line end
      std::string changed = text;
      changed.insert(at, 1, foreign);
      expect_refused(changed);
    }
  }
}

TEST(Armor, RefusesEveryTruncation) {
  const std::string text = armor(some_bytes(100));
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    expect_refused(std::string_view(text).substr(0, length));
  }
}

TEST(Armor, RefusesStrayBits) {
  expect_refused("-----BEGIN SOTTO FILE-----\nU09UVE9=\n-----END SOTTO FILE-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\nU09UVE8\n-----END SOTTO FILE-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\nU09UVE8=====\n-----END SOTTO FILE-----\n");
}

TEST(Armor, RefusesOtherLabelsAndOtherWidths) {
  const std::string letters(64, 'A');
  expect_refused("-----BEGIN SOTTO CARD-----\nU09UVE8=\n-----END SOTTO CARD-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\nU09UVE8=\n-----END SOTTO CARD-----\n");
  expect_refused("-----END SOTTO FILE-----\n-----BEGIN SOTTO FILE-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\n" + letters + letters +
                 "\n-----END SOTTO FILE-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\nU09U\nVE8=\n-----END SOTTO FILE-----\n");
  expect_refused("-----BEGIN SOTTO FILE-----\n-----BEGIN SOTTO FILE-----\n" +
                 std::string("U09UVE8=\n-----END SOTTO FILE-----\n"));
  expect_refused(armor(as_bytes("a")) + armor(as_bytes("b")));
}

}  // namespace
}  // namespace sotto::crypto
