#include "crypto/sign.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::hex;
using test::key_from_hex;

struct Vector {
  const char* seed;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1, tests 2 and 3.
constexpr Vector vectors[] = {
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(SignVectors, AreThoseOfRfc8032) {
  for (const Vector& vector : vectors) {
    const auto pair = Ed25519KeyPair::from(key_from_hex<Ed25519SecretKey>(vector.seed));
    const Signature signature = sign(pair, {hex(vector.message)});
    EXPECT_EQ(to_hex(signature.view()), vector.signature);
    EXPECT_TRUE(verify(pair.public_key, {hex(vector.message)}, signature));
  }
}

class Signing : public testing::Test {
 protected:
  SeededEntropy entropy_{5};
  Ed25519KeyPair pair_ = Ed25519KeyPair::generate(entropy_);
};

TEST_F(Signing, PartsAreConcatenated) {
  const Signature signature = sign(pair_, {as_bytes("sotto test 1"), as_bytes("body")});
  EXPECT_EQ(signature, sign(pair_, {as_bytes("sotto test 1body")}));
  EXPECT_TRUE(
      verify(pair_.public_key, {as_bytes("sotto test 1"), {}, as_bytes("body")}, signature));
}

TEST_F(Signing, EveryFlippedBitIsNoticed) {
  const Bytes message = to_bytes("sotto test 1 body");
  const Signature signature = sign(pair_, {message});
  for (std::size_t at = 0; at < message.size(); ++at) {
    const auto result =
        verify(pair_.public_key, {test::flipped(message, at, at % 8)}, signature);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().is(Errc::bad_signature));
  }
  for (std::size_t at = 0; at < Signature::size; ++at) {
    const auto changed = *Signature::from(test::flipped(signature.view(), at, at % 8));
    EXPECT_FALSE(verify(pair_.public_key, {message}, changed));
  }
  for (std::size_t at = 0; at < Ed25519PublicKey::size; ++at) {
    const auto changed =
        *Ed25519PublicKey::from(test::flipped(pair_.public_key.view(), at, at % 8));
    EXPECT_FALSE(verify(changed, {message}, signature));
  }
}

// A public key of small order would verify one signature for every message.
TEST_F(Signing, KeysOfSmallOrderVerifyNothing) {
  Ed25519PublicKey identity_point;
  identity_point.mutable_view()[0] = std::byte{1};
  Signature signature;
  signature.mutable_view()[0] = std::byte{1};
  EXPECT_FALSE(verify(identity_point, {as_bytes("anything")}, signature));
  EXPECT_FALSE(verify(Ed25519PublicKey(), {as_bytes("anything")}, Signature()));
}

TEST(SignKeys, AreValidOnlyInTheGroupOfPrimeOrder) {
  SeededEntropy entropy(3);
  EXPECT_TRUE(is_valid(Ed25519KeyPair::generate(entropy).public_key));
  EXPECT_FALSE(is_valid(Ed25519PublicKey()));
  // The neutral element, and a point of order 8.
  EXPECT_FALSE(is_valid(key_from_hex<Ed25519PublicKey>("01" + std::string(62, '0'))));
  EXPECT_FALSE(is_valid(key_from_hex<Ed25519PublicKey>(
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")));
}

TEST(SignKeys, ExpandAsTheStandardSays) {
  // SHA-512 of 32 zero bytes begins with 50 46 ad c1.
  const auto key = expanded(Ed25519SecretKey());
  EXPECT_EQ(static_cast<int>(key.view()[0]) & 7, 0);
  EXPECT_EQ(static_cast<int>(key.view()[31]) & 0xc0, 0x40);
  EXPECT_EQ(to_hex(key.view().subspan(1, 3)), "46adc1");
}

}  // namespace
}  // namespace sotto::crypto
