// How the psk is used, and how a wrong password shows: open_handshake_test.cpp.
#include "session/password_exchange.h"

#include <gtest/gtest.h>
#include <optional>

#include "crypto/hash.h"
#include "session/handshake_frame.h"
#include "support/mutations.h"
#include "support/seeded_entropy.h"

namespace sotto::session {
namespace {

class PasswordExchange : public testing::Test {
 protected:
  static constexpr std::uint64_t seed = 21;

  const Secret password_{as_bytes("correct horse")};
  const Secret other_{as_bytes("battery staple")};

  PasswordJoiner join(const Secret& password) {
    SeededEntropy entropy(seed);
    return {password, entropy};
  }
  Result<PasswordAnswer> answer(const Secret& password, ByteView frame) {
    SeededEntropy entropy(seed + 1);
    return answer_password(password, frame, entropy);
  }
};

bool same(const crypto::SymmetricKey& a, const crypto::SymmetricKey& b) {
  return crypto::equal_constant_time(a.view(), b.view());
}

template <class T>
bool is_refused(const Result<T>& result) {
  return !result && result.error().is(Errc::handshake);
}

TEST_F(PasswordExchange, TheSamePasswordGivesTheSamePsk) {
  PasswordJoiner joiner = join(password_);
  const auto answered = answer(password_, joiner.start());
  ASSERT_TRUE(answered);
  EXPECT_TRUE(same(std::move(joiner).finish(answered->frame).value(), answered->psk));
}

TEST_F(PasswordExchange, AnotherPasswordGivesAnotherPskAndNoError) {
  PasswordJoiner joiner = join(other_);
  const auto answered = answer(password_, joiner.start());
  ASSERT_TRUE(answered);
  EXPECT_FALSE(same(std::move(joiner).finish(answered->frame).value(), answered->psk));
}

TEST_F(PasswordExchange, FramesHaveTheirExactSizes) {
  const Bytes first = join(password_).start();
  EXPECT_EQ(first.size(), first_frame_bytes);
  EXPECT_EQ(link_pattern(first), LinkPattern::xx_psk0);
  EXPECT_EQ(answer(password_, first)->frame.size(), handshake_frame_bytes);
}

TEST_F(PasswordExchange, NoBitOfTheFirstFrameCanBeChangedUnnoticed) {
  PasswordJoiner honest = join(password_);
  const Bytes first = honest.start();
  for_each_flipped_bit(first, [&](ByteView damaged) {
    const auto answered = answer(password_, damaged);
    if (!answered) {
      EXPECT_TRUE(is_refused(answered));
      return;
    }
    const auto psk = join(password_).finish(answered->frame);
    EXPECT_FALSE(psk && same(*psk, answered->psk));
  });
}

TEST_F(PasswordExchange, NoBitOfTheAnswerCanBeChangedUnnoticed) {
  const auto answered = answer(password_, join(password_).start());
  ASSERT_TRUE(answered);
  for_each_flipped_bit(answered->frame, [&](ByteView damaged) {
    const auto psk = join(password_).finish(damaged);
    EXPECT_TRUE(psk ? !same(*psk, answered->psk) : is_refused(psk));
  });
}

TEST_F(PasswordExchange, NoTruncationIsTaken) {
  const Bytes first = join(password_).start();
  const Bytes second = answer(password_, first)->frame;
  for_each_truncation(first,
                      [&](ByteView cut) { EXPECT_TRUE(is_refused(answer(password_, cut))); });
  for_each_truncation(
      second, [&](ByteView cut) { EXPECT_TRUE(is_refused(join(password_).finish(cut))); });
}

TEST_F(PasswordExchange, APayloadOfAnotherLengthIsRefused) {
  for (const std::size_t length : {0U, 16U, 31U, 33U, 47U, 49U, 510U}) {
    const Bytes frame = plain_frame(Bytes(length, std::byte{2}));
    EXPECT_TRUE(is_refused(answer(password_, with_pattern(LinkPattern::xx_psk0, frame))));
    EXPECT_TRUE(is_refused(join(password_).finish(frame)));
  }
}

TEST_F(PasswordExchange, AnElementThatIsNoneIsRefused) {
  const auto neutral_first = with_pattern(LinkPattern::xx_psk0, plain_frame(Bytes(48)));
  EXPECT_TRUE(is_refused(answer(password_, neutral_first)));
  EXPECT_TRUE(is_refused(join(password_).finish(plain_frame(Bytes(32)))));
  const Bytes no_encoding(32, std::byte{0xff});
  EXPECT_TRUE(is_refused(join(password_).finish(plain_frame(no_encoding))));
}

TEST_F(PasswordExchange, AnotherPatternIsRefused) {
  Bytes first = join(password_).start();
  first[1] = static_cast<std::byte>(LinkPattern::xx);
  EXPECT_TRUE(is_refused(answer(password_, first)));
}

TEST_F(PasswordExchange, ARepeatedFirstFrameGivesAnotherPsk) {
  const Bytes first = join(password_).start();
  SeededEntropy entropy(99);
  const auto once = answer_password(password_, first, entropy);
  const auto again = answer_password(password_, first, entropy);
  ASSERT_TRUE(once && again);
  EXPECT_NE(once->frame, again->frame);
  EXPECT_FALSE(same(once->psk, again->psk));
}

// Its own frame, sent back by someone who does not know the password.
TEST_F(PasswordExchange, TheJoinersShareSentBackGivesNothingThatTheHostWouldHave) {
  const Bytes first = join(password_).start();
  const Bytes share = to_bytes(ByteView(first).subspan(6 + 16, 32));
  const auto psk = join(password_).finish(plain_frame(share));
  ASSERT_TRUE(psk);
  EXPECT_FALSE(same(*psk, answer(password_, first)->psk));
}

TEST_F(PasswordExchange, ARefusalIsAWrongPassword) {
  EXPECT_TRUE(password_refused().is(Errc::wrong_password));
  EXPECT_EQ(password_refused().kind(), Kind::refused);
  EXPECT_EQ(password_refused().name(), "session.wrong_password");
}

}  // namespace
}  // namespace sotto::session
