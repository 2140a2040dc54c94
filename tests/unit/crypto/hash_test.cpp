#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

SymmetricKey counting_key() {
  SymmetricKey key;
  for (std::size_t i = 0; i < key.size; ++i) key.mutable_view()[i] = static_cast<std::byte>(i);
  return key;
}

// RFC 7693, appendix A, and BLAKE2b-256 by Python's hashlib.
TEST(Blake2bVectors, OfAbc) {
  EXPECT_EQ(to_hex(blake2b_512({as_bytes("abc")})),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  EXPECT_EQ(to_hex(blake2b_256({as_bytes("abc")})),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Blake2b, PartsAreConcatenated) {
  EXPECT_EQ(blake2b_512({as_bytes("a"), {}, as_bytes("bc")}), blake2b_512({as_bytes("abc")}));
}

TEST(Blake2b, AStreamHasTheHashOfItsWhole) {
  Bytes data(1000, std::byte{'x'});
  for (const std::size_t step : {1, 127, 128, 129, 1000}) {
    Blake2b stream;
    for (std::size_t at = 0; at < data.size(); at += step) {
      stream.update(ByteView(data).subspan(at, std::min(step, data.size() - at)));
    }
    const Hash64 whole = blake2b_512({data});
    EXPECT_EQ(stream.finish(), to_bytes(ByteView(whole))) << step;
  }
  Blake2b shorter(32);
  shorter.update(data);
  const Hash32 whole = blake2b_256({data});
  EXPECT_EQ(shorter.finish(), to_bytes(ByteView(whole)));
}

// Computed with Python's hmac over hashlib.blake2b.
TEST(HmacBlake2bVectors, OfShortAndLongKeys) {
  Hash64 out;
  hmac_blake2b(counting_key().view(), {as_bytes("sotto"), as_bytes("voce")}, out);
  EXPECT_EQ(to_hex(out),
            "2b4e5e3728cd0a92f145207a0c993b23fc99d0d775c0affaf21709d88f584dd6"
            "e669f2a8b94e6f4cc1f140c5a8db7ce93c9cbf2b2664eaa401fb8babd4b38f4a");
  hmac_blake2b(Bytes(200), {}, out);
  EXPECT_EQ(to_hex(out),
            "bb4598833c2306739633b1bea3e09e134230ff42b84b17d1976264c2c0c5380d"
            "6e4ab1681851f28711cc47731497019d6c167d84ef3650c76bf8fcfbd5117410");
}

// Computed with Python's hashlib.blake2b(key=..., digest_size=...).
TEST(DeriveVectors, AreKeyedBlake2bOfLabelAndContext) {
  EXPECT_EQ(to_hex(derive_key(counting_key(), "sotto test 1", as_bytes("context")).view()),
            "154a92c98f53a564cc5d9866ccb10646f5051207f6524f63536d485bee49982d");
  std::array<std::byte, 16> out;
  derive_bytes(counting_key(), "sotto test 1", as_bytes("context"), out);
  EXPECT_EQ(to_hex(out), "3909aa8cd2a3e678ec061661c6d71472");
}

TEST(Derive, EveryInputMatters) {
  const auto derived = [](const SymmetricKey& key, std::string_view label,
                          std::string_view context) {
    return to_hex(derive_key(key, label, as_bytes(context)).view());
  };
  const std::string base = derived(counting_key(), "sotto test 1", "context");
  EXPECT_NE(derived(SymmetricKey(), "sotto test 1", "context"), base);
  EXPECT_NE(derived(counting_key(), "sotto test 2", "context"), base);
  EXPECT_NE(derived(counting_key(), "sotto test 1", "Context"), base);
  // The border between label and context is part of the input.
  EXPECT_NE(derived(counting_key(), "sotto test 1c", "ontext"), base);
}

TEST(EqualConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sane")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sam")));
  EXPECT_TRUE(equal_constant_time({}, {}));
}

}  // namespace
}  // namespace sotto::crypto
