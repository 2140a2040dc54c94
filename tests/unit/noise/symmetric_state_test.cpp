#include "noise/symmetric_state.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::noise {
namespace {

constexpr std::string_view name = "Noise_XX_25519_ChaChaPoly_BLAKE2b";

// Two states that were fed the same.
class SymmetricStates : public testing::Test {
 protected:
  void both(auto&& act) {
    act(ours_);
    act(theirs_);
  }

  SymmetricState ours_{name};
  SymmetricState theirs_{name};
};

TEST_F(SymmetricStates, StartWithThePaddedName) {
  EXPECT_EQ(as_text(ByteView(ours_.handshake_hash()).first(name.size())), name);
  EXPECT_TRUE(test::all_zero(ByteView(ours_.handshake_hash()).subspan(name.size())));
  EXPECT_FALSE(ours_.has_key());
}

TEST_F(SymmetricStates, StartWithTheHashOfALongName) {
  const std::string longer(65, 'n');
  EXPECT_EQ(SymmetricState(longer).handshake_hash(), crypto::blake2b_512({as_bytes(longer)}));
  const std::string just_fits(64, 'n');
  EXPECT_EQ(as_text(SymmetricState(just_fits).handshake_hash()), just_fits);
}

TEST_F(SymmetricStates, MixHashHashesHashAndData) {
  const crypto::Hash64 before = ours_.handshake_hash();
  ours_.mix_hash(as_bytes("data"));
  EXPECT_EQ(ours_.handshake_hash(), crypto::blake2b_512({before, as_bytes("data")}));
}

TEST_F(SymmetricStates, WithoutAKeyTextIsOnlyHashed) {
  Bytes out;
  ASSERT_TRUE(ours_.encrypt_and_hash(as_bytes("hello"), out));
  EXPECT_EQ(as_text(out), "hello");
  const auto back = theirs_.decrypt_and_hash(out);
  ASSERT_TRUE(back);
  EXPECT_EQ(as_text(*back), "hello");
  EXPECT_EQ(ours_.handshake_hash(), theirs_.handshake_hash());
}

TEST_F(SymmetricStates, WithAKeyTextIsSealed) {
  both([](SymmetricState& state) { state.mix_key(as_bytes("shared")); });
  EXPECT_TRUE(ours_.has_key());
  Bytes out = to_bytes("before|");
  ASSERT_TRUE(ours_.encrypt_and_hash(as_bytes("hello"), out));
  EXPECT_EQ(out.size(), 7 + 5 + tag_bytes);
  const auto back = theirs_.decrypt_and_hash(ByteView(out).subspan(7));
  ASSERT_TRUE(back);
  EXPECT_EQ(as_text(*back), "hello");
  EXPECT_EQ(ours_.handshake_hash(), theirs_.handshake_hash());
}

TEST_F(SymmetricStates, AnotherHashOpensNothing) {
  both([](SymmetricState& state) { state.mix_key(as_bytes("shared")); });
  Bytes out;
  ASSERT_TRUE(ours_.encrypt_and_hash(as_bytes("hello"), out));
  theirs_.mix_hash(as_bytes("something else"));
  const auto back = theirs_.decrypt_and_hash(out);
  ASSERT_FALSE(back);
  EXPECT_TRUE(back.error().is(Errc::decryption));
}

TEST_F(SymmetricStates, MixKeyAndHashChangesBoth) {
  const crypto::Hash64 before = ours_.handshake_hash();
  both([](SymmetricState& state) { state.mix_key_and_hash(as_bytes("psk")); });
  EXPECT_NE(ours_.handshake_hash(), before);
  EXPECT_TRUE(ours_.has_key());
  EXPECT_EQ(ours_.handshake_hash(), theirs_.handshake_hash());
}

Bytes first_message(CipherState& cipher) {
  Bytes out(tag_bytes);
  EXPECT_TRUE(cipher.encrypt_with_ad({}, {}, out));
  return out;
}

TEST_F(SymmetricStates, SplitYieldsTwoKeysThatBothSidesShare) {
  both([](SymmetricState& state) { state.mix_key(as_bytes("shared")); });
  auto [first, second] = ours_.split();
  auto [their_first, their_second] = theirs_.split();
  const Bytes by_first = first_message(first);
  const Bytes by_second = first_message(second);
  EXPECT_NE(by_first, by_second);
  EXPECT_EQ(first_message(their_first), by_first);
  EXPECT_EQ(first_message(their_second), by_second);
}

TEST_F(SymmetricStates, ExportedKeysDependOnTheLabelAndTheChainingKey) {
  both([](SymmetricState& state) { state.mix_key(as_bytes("shared")); });
  const std::string key = to_hex(ours_.export_key("sotto test 1").view());
  EXPECT_EQ(to_hex(theirs_.export_key("sotto test 1").view()), key);
  EXPECT_NE(to_hex(ours_.export_key("sotto test 2").view()), key);
  theirs_.mix_hash(as_bytes("h is not part of it"));
  EXPECT_EQ(to_hex(theirs_.export_key("sotto test 1").view()), key);
  theirs_.mix_key(as_bytes("ck is"));
  EXPECT_NE(to_hex(theirs_.export_key("sotto test 1").view()), key);

  auto [first, second] = ours_.split();
  CipherState exported(ours_.export_key("sotto test 1"));
  const Bytes by_export = first_message(exported);
  EXPECT_NE(by_export, first_message(first));
  EXPECT_NE(by_export, first_message(second));
}

}  // namespace
}  // namespace sotto::noise
