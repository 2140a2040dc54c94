#include "wire/card.h"

#include "samples.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

// Field numbers of proto/card.proto.
enum : std::uint32_t { version = 1, identity_pk, static_pk, seal_pk, name, signature };

TEST(WireCard, RoundTrip) {
  const crypto::Card card = sample_card();
  const auto decoded = decode_card(encode(card));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(*decoded, card);
}

TEST(WireCard, EveryDamageFails) {
  const auto fails = [](ByteView damaged) { EXPECT_FALSE(decode_card(damaged).has_value()); };
  const Bytes bytes = encode(sample_card());
  for_each_truncation(bytes, fails);
  for_each_flipped_bit(bytes, fails);
}

TEST(WireCard, WrongLengths) {
  const Bytes good = encode(sample_card());
  for (const std::uint32_t field : {identity_pk, static_pk, seal_pk}) {
    for (const std::size_t length : {0U, 31U, 33U}) {
      expect_refused(decode_card, ProtobufWriter(good).filler(field, length), Errc::malformed);
    }
  }
  for (const std::size_t length : {0U, 63U, 65U}) {
    expect_refused(decode_card, ProtobufWriter(good).filler(signature, length),
                   Errc::malformed);
  }
}

TEST(WireCard, OtherContentThanWasSigned) {
  const Bytes good = encode(sample_card());
  expect_refused(decode_card, ProtobufWriter(good).text(name, "Eve"),
                 crypto::Errc::card_invalid);
  expect_refused(decode_card, ProtobufWriter(good).text(name, "A\x1b[31m"),
                 crypto::Errc::card_invalid);
  expect_refused(decode_card,
                 ProtobufWriter(good).bytes(static_pk, sample_card(9).static_pk.view()),
                 crypto::Errc::card_invalid);
}

TEST(WireCard, Versions) {
  const Bytes good = encode(sample_card());
  expect_refused(decode_card, ProtobufWriter(good).varint(version, 2), Errc::version);
  expect_refused(decode_card, ProtobufWriter(good).varint(version, 0), Errc::malformed);
}

TEST(WireCard, SizeLimit) {
  // A field of a later version, which this one skips, fills up to the limit and over it.
  const Bytes good = encode(sample_card());
  const std::size_t rest = payload_limit - good.size() - 4;  // tag (1) and length (3)
  EXPECT_TRUE(decode_card(ProtobufWriter(good).filler(15, rest)).has_value());
  expect_refused(decode_card, ProtobufWriter(good).filler(15, rest + 1), Errc::over_limit);
}

}  // namespace
}  // namespace sotto::wire
