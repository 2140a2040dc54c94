#include "wire/handshake.h"

#include "base/text.h"
#include "samples.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

JoinerAuth sample_auth() {
  SeededEntropy entropy(4);
  return {.card = sample_card(),
          .purpose = Purpose::send,
          .resume = Resume{.session_id = SessionId::random(entropy),
                           .link_no = 7,
                           .last_received = 0xffff'ffff'ffff'ffff}};
}

Welcome sample_welcome() {
  SeededEntropy entropy(5);
  return {.session_id = SessionId::random(entropy),
          .resumed = true,
          .last_received = 12,
          .room_id = RoomId::random(entropy),
          .room_name = "kitchen",
          .access = Access{.tag = LinkRef::random(entropy),
                           .psk = crypto::SymmetricKey(entropy),
                           .record_secret = crypto::SymmetricKey(entropy)}};
}

TEST(Hello, RoundTripAndLengths) {
  SeededEntropy entropy(6);
  const Hello hello{.ref = LinkRef::random(entropy)};
  const auto decoded = decode_hello(encode(hello));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->ref, hello.ref);
  for (const std::size_t length : {0U, 15U, 17U}) {
    expect_refused(decode_hello, ProtobufWriter().filler(1, length), Errc::malformed);
  }
  expect_refused(decode_hello, {}, Errc::malformed);
  expect_robust(decode_hello, encode(hello));
}

TEST(JoinerAuth, RoundTrip) {
  JoinerAuth auth = sample_auth();
  const auto decoded = decode_joiner_auth(encode(auth));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(decoded->card, auth.card);
  EXPECT_EQ(decoded->purpose, auth.purpose);
  ASSERT_TRUE(decoded->resume.has_value());
  EXPECT_EQ(decoded->resume->session_id, auth.resume->session_id);
  EXPECT_EQ(decoded->resume->link_no, auth.resume->link_no);
  EXPECT_EQ(decoded->resume->last_received, auth.resume->last_received);

  auth.resume.reset();
  const auto fresh = decode_joiner_auth(encode(auth));
  ASSERT_TRUE(fresh.has_value());
  EXPECT_FALSE(fresh->resume.has_value());
}

TEST(JoinerAuth, Fields) {
  const Bytes good = encode(sample_auth());
  const auto refused = [](ByteView bytes) {
    expect_refused(decode_joiner_auth, bytes, Errc::malformed);
  };
  refused(ProtobufWriter(good).varint(2, 0));
  refused(ProtobufWriter(good).varint(2, 3));
  refused(ProtobufWriter(good).varint(2, 0x1'0000'0001 << 31));
  refused(ProtobufWriter(good).message(3, ProtobufWriter().filler(1, 15)));
  refused(ProtobufWriter().varint(2, 1));
  refused(ProtobufWriter(good).message(1, ProtobufWriter().filler(2, 31)));
  expect_refused(decode_joiner_auth,
                 ProtobufWriter(good).message(1, ProtobufWriter().text(5, "Eve")),
                 crypto::Errc::card_invalid);
  expect_refused(decode_joiner_auth,
                 ProtobufWriter(good).message(1, ProtobufWriter().varint(1, 2)), Errc::version);
  expect_robust(decode_joiner_auth, good);
}

TEST(Welcome, RoundTrip) {
  Welcome welcome = sample_welcome();
  const auto decoded = decode_welcome(encode(welcome).view());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(decoded->session_id, welcome.session_id);
  EXPECT_EQ(decoded->resumed, welcome.resumed);
  EXPECT_EQ(decoded->last_received, welcome.last_received);
  EXPECT_EQ(decoded->room_id, welcome.room_id);
  EXPECT_EQ(decoded->room_name, welcome.room_name);
  ASSERT_TRUE(decoded->access.has_value());
  EXPECT_EQ(decoded->access->tag, welcome.access->tag);
  EXPECT_EQ(to_bytes(decoded->access->psk.view()), to_bytes(welcome.access->psk.view()));
  EXPECT_EQ(to_bytes(decoded->access->record_secret.view()),
            to_bytes(welcome.access->record_secret.view()));

  welcome.access.reset();
  const auto later = decode_welcome(encode(welcome).view());
  ASSERT_TRUE(later.has_value());
  EXPECT_FALSE(later->access.has_value());
}

TEST(Welcome, Fields) {
  const Bytes good = to_bytes(encode(sample_welcome()).view());
  const auto refused = [](ByteView bytes) {
    expect_refused(decode_welcome, bytes, Errc::malformed);
  };
  for (const std::size_t length : {0U, 15U, 17U}) {
    refused(ProtobufWriter(good).filler(1, length));
    refused(ProtobufWriter(good).filler(4, length));
    refused(ProtobufWriter(good).message(6, ProtobufWriter().filler(1, length)));
  }
  for (const std::size_t length : {0U, 31U, 33U}) {
    refused(ProtobufWriter(good).message(6, ProtobufWriter().filler(2, length)));
    refused(ProtobufWriter(good).message(6, ProtobufWriter().filler(3, length)));
  }
  EXPECT_TRUE(decode_welcome(ProtobufWriter(good).filler(5, name_limit)).has_value());
  refused(ProtobufWriter(good).filler(5, name_limit + 1));
  refused(ProtobufWriter(good).text(5, ""));
  expect_robust(decode_welcome, good);
}

TEST(Refused, EveryReasonAndNoOther) {
  const int last = static_cast<int>(RefusedReason::busy);
  for (int value = 1; value <= last; ++value) {
    const auto reason = static_cast<RefusedReason>(value);
    const auto decoded = decode_refused(encode(reason));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, reason);
  }
  expect_refused(decode_refused, {}, Errc::malformed);
  expect_refused(decode_refused, ProtobufWriter().varint(1, std::uint64_t{last} + 1),
                 Errc::malformed);
  expect_robust(decode_refused, encode(RefusedReason::key_changed));
}

TEST(HandshakePayload, SizeLimit) {
  const Bytes hello = encode(Hello{});
  const std::size_t rest = payload_limit - hello.size() - 4;  // tag (1) and length (3)
  EXPECT_TRUE(decode_hello(ProtobufWriter(hello).filler(15, rest)).has_value());
  expect_refused(decode_hello, ProtobufWriter(hello).filler(15, rest + 1), Errc::over_limit);
}

TEST(HandshakePadding, HidesTheLength) {
  for (const std::size_t length : {0U, 1U, 30U}) {
    const Bytes payload(length, std::byte{0xff});
    const Bytes padded = pad_handshake(payload, 32);
    EXPECT_EQ(padded.size(), 32U);
    const auto unpadded = unpad_handshake(padded);
    ASSERT_TRUE(unpadded.has_value());
    EXPECT_EQ(*unpadded, payload);
  }
}

TEST(HandshakePadding, RefusesAnyOtherPadding) {
  const Bytes padded = pad_handshake(to_bytes("abc"), 16);
  for (std::size_t i = 5; i < padded.size(); ++i) {
    Bytes wrong = padded;
    wrong[i] = std::byte{1};
    expect_refused(unpad_handshake, wrong, Errc::malformed);
  }
  Bytes long_claim = padded;
  long_claim[1] = std::byte{15};
  expect_refused(unpad_handshake, long_claim, Errc::malformed);
  expect_refused(unpad_handshake, {}, Errc::malformed);
  expect_refused(unpad_handshake, ByteView(padded).first(1), Errc::malformed);
}

}  // namespace
}  // namespace sotto::wire
