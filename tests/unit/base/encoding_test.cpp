#include "base/encoding.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto {
namespace {

Bytes counting(std::size_t length) {
  Bytes out;
  for (std::size_t i = 0; i < length; ++i) out.push_back(static_cast<std::byte>(i * 37 + 11));
  return out;
}

struct Codec {
  const char* name;
  std::string (*encode)(ByteView);
  std::optional<Bytes> (*decode)(std::string_view);
};

class Encoding : public testing::TestWithParam<Codec> {};

TEST_P(Encoding, WhatIsEncodedIsDecoded) {
  for (std::size_t length = 0; length <= 70; ++length) {
    const Bytes bytes = counting(length);
    EXPECT_EQ(GetParam().decode(GetParam().encode(bytes)), bytes) << length;
  }
}

// Of all texts of four of these letters, only those that the encoder writes are decoded.
TEST_P(Encoding, EveryValueHasOneSpelling) {
  const std::string letters("Aa7Zz2=+-/_ \n\xc3", 14);
  for (const char a : letters) {
    for (const char b : letters) {
      for (const char c : letters) {
        for (const char d : letters) {
          const std::string text{a, b, c, d};
          const auto bytes = GetParam().decode(text);
          if (bytes) {
            EXPECT_EQ(GetParam().encode(*bytes), text);
          }
        }
      }
    }
  }
}

TEST_P(Encoding, NothingForeignIsSkipped) {
  const std::string text = GetParam().encode(counting(15));  // no padding in any of them
  for (std::size_t at = 0; at <= text.size(); ++at) {
    for (const char foreign : {' ', '\n', '=', '\0', '!'}) {
      std::string changed = text;
      changed.insert(at, 1, foreign);
      EXPECT_EQ(GetParam().decode(changed), std::nullopt) << changed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Encoding,
                         testing::Values(Codec{"hex", to_hex, from_hex},
                                         Codec{"base32", to_base32, from_base32},
                                         Codec{"base64", to_base64, from_base64},
                                         Codec{"base64url", to_base64url, from_base64url}),
                         [](const auto& codec) { return codec.param.name; });

// RFC 4648 section 10, base32 in lower case and without padding.
TEST(EncodingVectors, AreThoseOfRfc4648) {
  struct Row {
    std::string_view bytes, hex, base32, base64, base64url;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "", "", "", ""},
           {"f", "66", "my", "Zg==", "Zg"},
           {"fo", "666f", "mzxq", "Zm8=", "Zm8"},
           {"foo", "666f6f", "mzxw6", "Zm9v", "Zm9v"},
           {"foob", "666f6f62", "mzxw6yq", "Zm9vYg==", "Zm9vYg"},
           {"fooba", "666f6f6261", "mzxw6ytb", "Zm9vYmE=", "Zm9vYmE"},
           {"foobar", "666f6f626172", "mzxw6ytboi", "Zm9vYmFy", "Zm9vYmFy"},
       }) {
    EXPECT_EQ(to_hex(as_bytes(row.bytes)), row.hex);
    EXPECT_EQ(to_base32(as_bytes(row.bytes)), row.base32);
    EXPECT_EQ(to_base64(as_bytes(row.bytes)), row.base64);
    EXPECT_EQ(to_base64url(as_bytes(row.bytes)), row.base64url);
  }
}

TEST(EncodingStrictness, UpperCaseIsAnotherText) {
  EXPECT_EQ(from_hex("6F"), std::nullopt);
  EXPECT_EQ(from_base32("MZXW6"), std::nullopt);
}

TEST(EncodingStrictness, StrayBitsAreRefused) {
  EXPECT_EQ(from_base32("mz"), std::nullopt);
  EXPECT_EQ(from_base64("Zh=="), std::nullopt);
  EXPECT_EQ(from_base64("Zm9="), std::nullopt);
  EXPECT_EQ(from_base64url("Zh"), std::nullopt);
}

TEST(EncodingStrictness, PaddingIsNeitherForgottenNorAdded) {
  EXPECT_EQ(from_base64("Zg"), std::nullopt);
  EXPECT_EQ(from_base64("Zg="), std::nullopt);
  EXPECT_EQ(from_base64("Zg==="), std::nullopt);
  EXPECT_EQ(from_base64url("Zg=="), std::nullopt);
  EXPECT_EQ(from_base32("my======"), std::nullopt);
}

TEST(EncodingStrictness, HalfAByteIsNothing) {
  EXPECT_EQ(from_hex("666"), std::nullopt);
  EXPECT_EQ(from_base32("m"), std::nullopt);
  EXPECT_EQ(from_base64url("Z"), std::nullopt);
}

}  // namespace
}  // namespace sotto
