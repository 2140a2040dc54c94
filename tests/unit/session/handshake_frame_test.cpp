#include "session/handshake_frame.h"

#include <gtest/gtest.h>

#include "noise/errors.h"
#include "noise/patterns.h"
#include "support/mutations.h"
#include "support/seeded_entropy.h"

namespace sotto::session {
namespace {

noise::HandshakeState make_noise(noise::Role role) {
  return {noise::parse_pattern("NNpsk0").value(), role, {}, [] {
            noise::HandshakeState::Keys keys;
            keys.psks.emplace_back();
            return keys;
          }()};
}

TEST(LinkPattern, IsToldByTheFirstTwoBytes) {
  EXPECT_EQ(link_pattern(Bytes{std::byte{1}, std::byte{1}}), LinkPattern::xk_psk3);
  EXPECT_EQ(link_pattern(Bytes{std::byte{1}, std::byte{2}}), LinkPattern::xx);
  EXPECT_EQ(link_pattern(Bytes{std::byte{1}, std::byte{3}}), LinkPattern::xx_psk0);
  EXPECT_EQ(link_pattern(with_pattern(LinkPattern::xx, plain_frame({}))), LinkPattern::xx);
}

TEST(LinkPattern, NoOtherTwoBytesAreTaken) {
  for (int version = 0; version < 256; ++version) {
    for (int pattern = 0; pattern < 256; ++pattern) {
      const auto read =
          link_pattern(Bytes{static_cast<std::byte>(version), static_cast<std::byte>(pattern)});
      EXPECT_EQ(read.has_value(), version == 1 && pattern >= 1 && pattern <= 3);
    }
  }
  EXPECT_TRUE(link_pattern({}).error().is(Errc::handshake));
  EXPECT_FALSE(link_pattern(Bytes{std::byte{1}}));
}

TEST(WithPattern, IsUndoneForThatPatternOnly) {
  const Bytes first = with_pattern(LinkPattern::xx_psk0, to_bytes("frame"));
  const auto rest = without_pattern(LinkPattern::xx_psk0, first);
  ASSERT_TRUE(rest);
  EXPECT_EQ(as_text(*rest), "frame");
  EXPECT_FALSE(without_pattern(LinkPattern::xx, first));
  EXPECT_FALSE(without_pattern(LinkPattern::xx_psk0, {}));
}

TEST(OpenPrologue, NamesVersionAndPattern) {
  EXPECT_EQ(open_prologue(LinkPattern::xx), to_bytes(std::string_view("sotto link 1\1\2")));
  EXPECT_EQ(open_prologue(LinkPattern::xx_psk0),
            to_bytes(std::string_view("sotto link 1\1\3")));
}

TEST(PlainFrame, HasOneSizeAndBringsItsPayload) {
  for (const std::size_t length : {0U, 1U, 48U, 510U}) {
    const Bytes payload(length, std::byte{7});
    const Bytes frame = plain_frame(payload);
    EXPECT_EQ(frame.size(), handshake_frame_bytes);
    EXPECT_EQ(read_plain_frame(frame), payload);
  }
}

TEST(PlainFrame, NothingElseIsTaken) {
  const Bytes payload = to_bytes("payload");
  const Bytes frame = plain_frame(payload);
  for_each_truncation(frame, [](ByteView cut) { EXPECT_FALSE(read_plain_frame(cut)); });
  Bytes longer = frame;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(read_plain_frame(longer));
  for_each_flipped_bit(
      frame, [&](ByteView damaged) { EXPECT_NE(read_plain_frame(damaged), payload); });
}

TEST(NoiseFrame, HasOneSizeAndBringsItsPayload) {
  SeededEntropy entropy(1);
  noise::HandshakeState writer = make_noise(noise::Role::initiator);
  noise::HandshakeState reader = make_noise(noise::Role::responder);
  const auto frame = write_frame(writer, to_bytes("payload"), entropy);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size(), handshake_frame_bytes);
  EXPECT_EQ(read_frame(reader, *frame).value(), to_bytes("payload"));
}

TEST(NoiseFrame, DamageOutsideAndInsideAreToldApart) {
  SeededEntropy entropy(1);
  noise::HandshakeState writer = make_noise(noise::Role::initiator);
  const Bytes frame = write_frame(writer, {}, entropy).value();
  const auto error_of = [](ByteView bytes) {
    noise::HandshakeState reader = make_noise(noise::Role::responder);
    return read_frame(reader, bytes).error();
  };
  for_each_truncation(frame,
                      [&](ByteView cut) { EXPECT_TRUE(error_of(cut).is(Errc::handshake)); });
  std::size_t bit = 0;
  for_each_flipped_bit(frame, [&](ByteView damaged) {
    if (bit++ < 16) {
      EXPECT_TRUE(error_of(damaged).is(Errc::handshake));
    } else {
      EXPECT_TRUE(error_of(damaged).is(noise::Errc::decryption));
    }
  });
}

}  // namespace
}  // namespace sotto::session
