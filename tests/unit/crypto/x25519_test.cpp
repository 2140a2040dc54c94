#include "crypto/x25519.h"

#include <gtest/gtest.h>

#include "paths.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::key_from_hex;
using test::text_of;

// RFC 7748, section 6.1: Alice's secret, Bob's public key.
TEST(X25519Vectors, OfRfc7748) {
  const auto* secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
  const auto* theirs = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
  const auto* expected = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  const auto shared =
      x25519(key_from_hex<X25519SecretKey>(secret), key_from_hex<X25519PublicKey>(theirs));
  ASSERT_TRUE(shared);
  EXPECT_EQ(to_hex(shared->view()), expected);
  const auto sealed =
      x25519(key_from_hex<SealSecretKey>(secret), key_from_hex<SealPublicKey>(theirs));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(to_hex(sealed->view()), expected);
}

// "acceptable" is a public key that a library may refuse.  Ours refuses what has an all-zero
// result, and nothing else.
TEST(X25519Vectors, PassWycheproof) {
  const auto file = test::read_json(SOTTO_VECTORS "/wycheproof-x25519_test.json");
  if (!file) GTEST_SKIP() << "Wycheproof's X25519 vectors are not here";
  int run = 0;
  int refused = 0;
  for (const Json& group : test::array_of(*file, "testGroups")) {
    for (const Json& vector : test::array_of(group, "tests")) {
      SCOPED_TRACE(vector.find("tcId")->dump());
      const auto shared = x25519(key_from_hex<X25519SecretKey>(text_of(vector, "private")),
                                 key_from_hex<X25519PublicKey>(text_of(vector, "public")));
      ++run;
      if (text_of(vector, "shared") == std::string(64, '0')) {
        ASSERT_FALSE(shared);
        EXPECT_TRUE(shared.error().is(Errc::bad_key));
        ++refused;
      } else {
        ASSERT_TRUE(shared);
        EXPECT_EQ(to_hex(shared->view()), text_of(vector, "shared"));
      }
    }
  }
  EXPECT_GE(run, 518);
  EXPECT_GE(refused, 31);
}

TEST(X25519, BothSidesAgree) {
  SeededEntropy entropy(6);
  const auto ada = X25519KeyPair::generate(entropy);
  const auto bob = X25519KeyPair::generate(entropy);
  EXPECT_EQ(to_hex(x25519(ada.secret, bob.public_key)->view()),
            to_hex(x25519(bob.secret, ada.public_key)->view()));
}

}  // namespace
}  // namespace sotto::crypto
