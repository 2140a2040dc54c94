#include "crypto/keys.h"

#include <gtest/gtest.h>
#include <type_traits>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::key_from_hex;

// RFC 7748, section 6.1: Alice's keys.
TEST(KeyVectors, X25519AndSealPublicKeys) {
  const auto* secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
  const auto* expected = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
  const auto pair = X25519KeyPair::from(key_from_hex<X25519SecretKey>(secret));
  EXPECT_EQ(to_hex(pair.public_key.view()), expected);
  EXPECT_EQ(to_hex(pair.secret.view()), secret);
  const auto seal = SealKeyPair::from(key_from_hex<SealSecretKey>(secret));
  EXPECT_EQ(to_hex(seal.public_key.view()), expected);
}

// RFC 8032, section 7.1, test 3.
TEST(KeyVectors, Ed25519PublicKey) {
  const auto pair = Ed25519KeyPair::from(key_from_hex<Ed25519SecretKey>(
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  EXPECT_EQ(to_hex(pair.public_key.view()),
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
}

TEST(Keys, AreDrawnFromTheEntropyTheyAreHanded) {
  SeededEntropy once(3);
  SeededEntropy again(3);
  const auto first = X25519KeyPair::generate(once);
  EXPECT_EQ(first.public_key, X25519KeyPair::generate(again).public_key);
  EXPECT_NE(first.public_key, X25519KeyPair::generate(again).public_key);
}

TEST(Keys, ComeFromExactlyTheirLength) {
  EXPECT_FALSE(SymmetricKey::from(Bytes(31)));
  EXPECT_TRUE(SymmetricKey::from(Bytes(32)));
  EXPECT_FALSE(SymmetricKey::from(Bytes(33)));
}

TEST(Keys, AreCopiedByNameOnly) {
  static_assert(!std::is_copy_constructible_v<SymmetricKey>);
  static_assert(!std::is_copy_constructible_v<X25519KeyPair>);
  SeededEntropy entropy(4);
  const auto pair = X25519KeyPair::generate(entropy);
  const auto copy = pair.copy();
  EXPECT_EQ(copy.public_key, pair.public_key);
  EXPECT_EQ(to_bytes(copy.secret.view()), to_bytes(pair.secret.view()));
  EXPECT_NE(copy.secret.view().data(), pair.secret.view().data());
}

TEST(Keys, OfDifferentUsesAreDifferentTypes) {
  static_assert(!std::is_convertible_v<SealPublicKey, X25519PublicKey>);
  static_assert(!std::is_convertible_v<SealSecretKey, X25519SecretKey>);
  static_assert(!std::is_convertible_v<Ed25519PublicKey, X25519PublicKey>);
}

}  // namespace
}  // namespace sotto::crypto
