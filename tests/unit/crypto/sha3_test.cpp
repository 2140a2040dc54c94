// Against the examples that NIST publishes with FIPS 202.
#include "crypto/sha3.h"

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

TEST(Sha3, IsThatOfTheStandard) {
  EXPECT_EQ(to_hex(sha3_256({})),
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  EXPECT_EQ(to_hex(sha3_256({as_bytes("abc")})),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

TEST(Sha3, HashesItsPartsAsOne) {
  EXPECT_EQ(sha3_256({as_bytes("a"), {}, as_bytes("bc")}), sha3_256({as_bytes("abc")}));
  EXPECT_NE(sha3_256({as_bytes("ab")}), sha3_256({as_bytes("abc")}));
}

}  // namespace
}  // namespace sotto::crypto
