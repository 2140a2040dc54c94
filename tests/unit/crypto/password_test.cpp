#include "crypto/password.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

constexpr Argon2idParameters cheapest{.ops = 1, .memory_kib = argon2id_memory_kib_least};

Salt salt_of(std::string_view text) {
  Salt salt{};
  std::ranges::copy(as_bytes(text), salt.begin());
  return salt;
}

// Computed with the reference implementation:
//   printf 'correct horse' | argon2 0123456789abcdef -id -t 2 -k 8192 -p 1 -l 32 -r
TEST(PasswordVectors, AreArgon2idOfOneLane) {
  const auto key = key_from_passphrase(Secret(as_bytes("correct horse")),
                                       salt_of("0123456789abcdef"), {2, 8192});
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->view()),
            "3bc382900be1a5086645e5643548dd6c97748cfc94980aa565eaf33e0f3fd0fb");
}

TEST(Password, EveryInputMatters) {
  const auto derived = [](std::string_view passphrase, std::string_view salt,
                          Argon2idParameters parameters) {
    return to_hex(
        key_from_passphrase(Secret(as_bytes(passphrase)), salt_of(salt), parameters)->view());
  };
  const std::string base = derived("horse", "salt", cheapest);
  EXPECT_EQ(derived("horse", "salt", cheapest), base);
  EXPECT_NE(derived("Horse", "salt", cheapest), base);
  EXPECT_NE(derived("horse", "salt2", cheapest), base);
  EXPECT_NE(derived("horse", "salt", {2, cheapest.memory_kib}), base);
  EXPECT_NE(derived("horse", "salt", {1, cheapest.memory_kib + 8}), base);
  EXPECT_NE(derived("", "salt", cheapest), base);
}

TEST(Password, LimitsAreCheckedBeforeAnythingElse) {
  for (const Argon2idParameters& parameters : {
           Argon2idParameters{0, 8192},
           Argon2idParameters{11, 8192},
           Argon2idParameters{3, 8191},
           Argon2idParameters{3, 1024 * 1024 + 1},
           Argon2idParameters{1, 0xffffffff},  // 4 TiB
           Argon2idParameters{0xffffffff, 8192},
       }) {
    const auto key = key_from_passphrase(Secret(as_bytes("x")), Salt{}, parameters);
    ASSERT_FALSE(key);
    EXPECT_TRUE(key.error().is(Errc::kdf_limits));
  }
  EXPECT_TRUE(check_limits({1, 8192}));
  EXPECT_TRUE(check_limits({10, 1024 * 1024}));
  EXPECT_TRUE(check_limits({}));
}

}  // namespace
}  // namespace sotto::crypto
