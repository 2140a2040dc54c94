#include "reach/ice_message.h"

#include <gtest/gtest.h>

#include "support/mutations.h"
#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

const IceCredentials anna{"annaanna", "annas+password+is+long00"};
const IceCredentials ben{"benbenben", "bens+password+is+long+00"};
const IceCheck check{0x6e0001ff, true, 0x932ff9b151263b36, true};

StunMessage decode(const Bytes& bytes) {
  return must(StunMessage::decode(bytes));
}

TEST(IceMessage, CredentialsAreDrawn) {
  SeededEntropy entropy(1);
  const auto one = IceCredentials::random(entropy);
  const auto other = IceCredentials::random(entropy);
  EXPECT_TRUE(one.is_valid());
  EXPECT_EQ(one.name.size(), 8U);
  EXPECT_EQ(one.password.size(), 24U);
  EXPECT_NE(one.name, other.name);
  EXPECT_NE(one.password, other.password);
}

TEST(IceMessage, CredentialsOfAPeerAreChecked) {
  const std::string password(22, 'x');
  EXPECT_TRUE((IceCredentials{"abcd", password}.is_valid()));
  EXPECT_FALSE((IceCredentials{"abc", password}.is_valid()));
  EXPECT_FALSE((IceCredentials{"abc:", password}.is_valid()));
  EXPECT_FALSE((IceCredentials{"abcd", std::string(21, 'x')}.is_valid()));
  EXPECT_FALSE((IceCredentials{std::string(257, 'x'), password}.is_valid()));
}

TEST(IceMessage, ACheckComesThrough) {
  const auto message = decode(encode_check(check, StunTransaction(), anna, ben));
  EXPECT_EQ(message.text(StunType::username), "benbenben:annaanna");
  const auto read = read_check(message, ben, anna);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->priority, check.priority);
  EXPECT_TRUE(read->controlling);
  EXPECT_EQ(read->tie_breaker, check.tie_breaker);
  EXPECT_TRUE(read->nominates);
  // Before it is known who asks, our own name is enough.
  EXPECT_TRUE(read_check(message, ben, std::nullopt));
}

TEST(IceMessage, OnlyWhoKnowsBothSidesChecks) {
  const auto read = [](const IceCredentials& from, const IceCredentials& to) {
    return read_check(decode(encode_check(check, StunTransaction(), from, to)), ben, anna);
  };
  EXPECT_TRUE(read(anna, ben));
  EXPECT_FALSE(read(anna, {ben.name, anna.password}));
  EXPECT_FALSE(read(anna, anna));
  EXPECT_FALSE(read({"somebody", ""}, ben));
  EXPECT_FALSE(read(anna, {"benbenbe", ben.password}));
}

TEST(IceMessage, AFlippedBitIsSeen) {
  const Bytes whole = encode_check(check, StunTransaction(), anna, ben);
  for_each_flipped_bit(whole, [&](ByteView flipped) {
    const auto message = StunMessage::decode(flipped);
    const bool same = std::ranges::equal(flipped.first(whole.size() - 8),
                                         ByteView(whole).first(whole.size() - 8));
    EXPECT_TRUE(same || !message || !read_check(*message, ben, anna));
  });
}

TEST(IceMessage, HalfACheckIsNone) {
  const auto read = [](const StunMessage& message) {
    return read_check(decode(message.encode_authentic(as_bytes(ben.password))), ben, anna);
  };
  StunMessage message(StunMethod::binding, StunClass::request, StunTransaction());
  message.add(StunType::username, "benbenben:annaanna");
  EXPECT_FALSE(read(message));
  message.add_u32(StunType::priority, 1);
  EXPECT_FALSE(read(message));
  message.add_u64(StunType::ice_controlled, 1);
  EXPECT_TRUE(read(message));
  StunMessage both = message;
  both.add_u64(StunType::ice_controlling, 1);
  EXPECT_FALSE(read(both));
  StunMessage strange = message;
  strange.add(static_cast<StunType>(0x7fff), "x");
  EXPECT_FALSE(read(strange));
  EXPECT_FALSE(read_check(decode(message.encode()), ben, anna));  // unsigned
}

TEST(IceMessage, Answers) {
  const auto from = *parse_endpoint("192.0.2.1:80");
  const auto answer = decode(encode_check_answer(StunTransaction(), from, ben));
  EXPECT_EQ(answer.address(StunType::xor_mapped_address), from);
  EXPECT_TRUE(answer.is_authentic(as_bytes(ben.password)));
  const auto conflict = decode(encode_role_conflict(StunTransaction(), ben));
  EXPECT_EQ(conflict.error()->code, 487);
  EXPECT_TRUE(conflict.is_authentic(as_bytes(ben.password)));
}

}  // namespace
}  // namespace sotto::reach
