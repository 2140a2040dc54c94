#include "crypto/card.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

class CardTest : public testing::Test {
 protected:
  SeededEntropy entropy_{7};
  Identity ada_ = Identity::generate(entropy_);
  Card card_ = make_card(ada_, "Ada");
};

void expect_invalid(const Card& card) {
  const auto result = check_card(card);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(Errc::card_invalid));
}

TEST_F(CardTest, HoldsThePublicKeysAndASignature) {
  EXPECT_TRUE(check_card(card_));
  EXPECT_EQ(card_.identity_pk, ada_.identity.public_key);
  EXPECT_EQ(card_.static_pk, ada_.static_key.public_key);
  EXPECT_EQ(card_.seal_pk, ada_.seal.public_key);
  EXPECT_EQ(card_.name, "Ada");
}

TEST_F(CardTest, TheThreeKeysAreIndependent) {
  EXPECT_NE(to_bytes(card_.static_pk.view()), to_bytes(card_.seal_pk.view()));
  EXPECT_NE(to_bytes(card_.identity_pk.view()), to_bytes(card_.static_pk.view()));
}

TEST_F(CardTest, AnyFlippedBitBreaksTheSignature) {
  const auto flip_each = [this](auto field_of) {
    Card changed = card_;
    const MutableBytes field = field_of(changed);
    for (std::size_t at = 0; at < field.size(); ++at) {
      field[at] ^= static_cast<std::byte>(1U << (at % 8));
      expect_invalid(changed);
      field[at] ^= static_cast<std::byte>(1U << (at % 8));
    }
    EXPECT_EQ(changed, card_);
  };
  flip_each([](Card& card) { return card.identity_pk.mutable_view(); });
  flip_each([](Card& card) { return card.static_pk.mutable_view(); });
  flip_each([](Card& card) { return card.seal_pk.mutable_view(); });
  flip_each([](Card& card) { return card.signature.mutable_view(); });
}

TEST_F(CardTest, AnotherNameBreaksTheSignature) {
  for (const char* name : {"ada", "Ad", "Adam", "Bob"}) {
    Card changed = card_;
    changed.name = name;
    expect_invalid(changed);
  }
}

TEST_F(CardTest, AnotherIdentityCannotTakeTheKeysOver) {
  Identity mallory = Identity::generate(entropy_);
  Card forged = make_card(mallory, "Ada");
  forged.identity_pk = card_.identity_pk;
  expect_invalid(forged);
}

TEST_F(CardTest, NamesThatHideOrMisleadAreRefused) {
  using namespace std::literals;
  for (const std::string& name :
       {""s, "a\nb"s, "\x1b[31mAda"s,
        "\xe2\x80\xae"
        "adA"s,
        " Ada"s, "Ada "s, std::string(65, 'a'), std::string(300, 'a'), "\xff"s, "a\0b"s}) {
    Card changed = card_;
    changed.name = name;
    expect_invalid(changed);
  }
}

TEST_F(CardTest, FingerprintCoversTheThreeKeysAndNotTheName) {
  const Fingerprint original = fingerprint(card_);
  EXPECT_EQ(fingerprint(make_card(ada_, "Another")), original);
  Card changed = card_;
  changed.identity_pk.mutable_view()[0] ^= std::byte{1};
  EXPECT_NE(fingerprint(changed), original);
  changed = card_;
  changed.static_pk.mutable_view()[0] ^= std::byte{1};
  EXPECT_NE(fingerprint(changed), original);
  changed = card_;
  changed.seal_pk.mutable_view()[0] ^= std::byte{1};
  EXPECT_NE(fingerprint(changed), original);
}

// Computed with Python's hashlib and base64.
TEST(Fingerprint, IsTheDocumentedHash) {
  Card card;
  std::ranges::fill(card.identity_pk.mutable_view(), std::byte{1});
  std::ranges::fill(card.static_pk.mutable_view(), std::byte{2});
  std::ranges::fill(card.seal_pk.mutable_view(), std::byte{3});
  EXPECT_EQ(to_string(fingerprint(card)), "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jnyc");
}

TEST(Fingerprint, IsReadInEveryWayPeopleWriteIt) {
  const std::string shown = "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jnyc";
  const auto expected = parse_fingerprint(shown);
  ASSERT_TRUE(expected);
  EXPECT_EQ(to_string(*expected), shown);
  for (const std::string_view text :
       {"iq3xgxhrxr2kmt6ogswdvulxvhy3jnyc", "iq3x gxhr xr2k mt6o gswd vulx vhy3 jnyc",
        "IQ3X-GXHR-XR2K-MT6O-GSWD-VULX-VHY3-JNYC",
        " Iq3x-gxhr xr2kmt6o-gswd-vulx-vhy3-jnyc "}) {
    const auto read = parse_fingerprint(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, *expected);
  }
}

TEST(Fingerprint, IsRefusedWhenALetterIsWrongOrMissing) {
  for (const std::string_view text :
       {"", "-", "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jny",
        "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jnyca", "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jny1",
        "iq3x-gxhr-xr2k-mt6o-gswd-vulx-vhy3-jny\n",
        "iq3x_gxhr_xr2k_mt6o_gswd_vulx_vhy3_jnyc"}) {
    const auto read = parse_fingerprint(text);
    ASSERT_FALSE(read) << text;
    EXPECT_TRUE(read.error().is(Errc::bad_fingerprint));
  }
}

Fingerprint filled(int value) {
  Fingerprint out;
  std::ranges::fill(out.mutable_view(), static_cast<std::byte>(value));
  return out;
}

// Computed with Python's hashlib.
TEST(SafetyNumber, IsTheSameOnBothSides) {
  const std::string expected =
      "43843 55668 18836 11392 49487 19260 61478 02405 22540 37908 10739 42545";
  EXPECT_EQ(safety_number(filled(1), filled(2)), expected);
  EXPECT_EQ(safety_number(filled(2), filled(1)), expected);
}

TEST(SafetyNumber, Has60DigitsAndChangesWithEitherSide) {
  const std::string number = safety_number(filled(1), filled(2));
  EXPECT_EQ(std::ranges::count_if(number, [](char c) { return c >= '0' && c <= '9'; }), 60);
  EXPECT_NE(safety_number(filled(1), filled(3)), number);
  EXPECT_NE(safety_number(filled(3), filled(2)), number);
}

TEST(CardDeathTest, MakingACardWithABadNameIsAProgrammersError) {
  SeededEntropy entropy(1);
  const Identity identity = Identity::generate(entropy);
  EXPECT_DEATH(static_cast<void>(make_card(identity, "\x1b[2J")), "is_name");
}

}  // namespace
}  // namespace sotto::crypto
