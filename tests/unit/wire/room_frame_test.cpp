#include "wire/room_frame.h"

#include "samples.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

struct Author {
  SeededEntropy entropy{7};
  crypto::Ed25519KeyPair key = crypto::Ed25519KeyPair::generate(entropy);
  RoomId room = RoomId::random(entropy);

  Message write(std::string text) {
    Message message{.id = MessageId::random(entropy),
                    .author = key.public_key,
                    .time = from_unix_ms(1'763'676'300'123),
                    .text = std::move(text),
                    .signature = {}};
    sign_message(message, room, key);
    return message;
  }
};

VerificationStep sample_step(Author& author) {
  return {.from = author.key.public_key,
          .to = crypto::Ed25519KeyPair::generate(author.entropy).public_key,
          .attempt = AttemptId::random(author.entropy),
          .answering = AttemptId::random(author.entropy),
          .kind = VerificationKind::reveal,
          .value = author.entropy.bytes<32>()};
}

template <class T>
T round_trip(const T& value) {
  const auto decoded = decode_room_frame(encode(RoomFrame(value)));
  EXPECT_TRUE(decoded.has_value() && std::holds_alternative<T>(*decoded));
  return std::get<T>(*decoded);
}

void expect_same(const Message& a, const Message& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.author, b.author);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.signature, b.signature);
}

TEST(RoomFrame, RoundTrips) {
  Author author;
  const Message message = author.write("gr\xc3\xbc\xc3\x9f dich\n");
  expect_same(round_trip(message), message);

  const auto delivered = round_trip(Delivered{.id = message.id, .author = message.author});
  EXPECT_EQ(delivered.id, message.id);
  EXPECT_EQ(delivered.author, message.author);

  for (const auto reason :
       {RejectReason::id_reused, RejectReason::not_allowed, RejectReason::bad_signature}) {
    const auto rejected =
        round_trip(Rejected{.id = message.id, .author = message.author, .reason = reason});
    EXPECT_EQ(rejected.id, message.id);
    EXPECT_EQ(rejected.author, message.author);
    EXPECT_EQ(rejected.reason, reason);
  }

  EXPECT_EQ(round_trip(Introduction{.card = sample_card()}).card, sample_card());

  for (const bool here : {false, true}) {
    const auto presence = round_trip(Presence{.identity_pk = message.author, .here = here});
    EXPECT_EQ(presence.identity_pk, message.author);
    EXPECT_EQ(presence.here, here);
  }

  const VerificationStep step = sample_step(author);
  const auto passed_on = round_trip(step);
  EXPECT_EQ(passed_on.from, step.from);
  EXPECT_EQ(passed_on.to, step.to);
  EXPECT_EQ(passed_on.attempt, step.attempt);
  EXPECT_EQ(passed_on.answering, step.answering);
  EXPECT_EQ(passed_on.kind, step.kind);
  EXPECT_EQ(passed_on.value, step.value);

  const auto read = round_trip(
      Read{.id = message.id, .author = message.author, .content_hash = content_hash(message)});
  EXPECT_EQ(read.id, message.id);
  EXPECT_EQ(read.author, message.author);
  EXPECT_EQ(read.content_hash, content_hash(message));
}

MailboxOffer sample_offer(Author& author) {
  return {.chain = ChainId::random(author.entropy),
          .mailbox = crypto::Ed25519KeyPair::generate(author.entropy).public_key,
          .relays = {"wss://relay.example/#pin=abc", "wss://192.0.2.7:8443/"}};
}

TEST(RoomFrame, OffersOfMailboxesRoundTrip) {
  Author author;
  const MailboxOffer offer = sample_offer(author);
  const auto offered = round_trip(offer);
  EXPECT_EQ(offered.chain, offer.chain);
  EXPECT_EQ(offered.mailbox, offer.mailbox);
  EXPECT_EQ(offered.relays, offer.relays);
  EXPECT_TRUE(round_trip(MailboxOffer{offer.chain, offer.mailbox, {}}).relays.empty());
  EXPECT_EQ(round_trip(MailboxKept{offer.chain}).chain, offer.chain);
}

TEST(RoomFrame, AMailboxIsAtFewRelays) {
  Author author;
  MailboxOffer offer = sample_offer(author);
  offer.relays.assign(relays_limit, "wss://relay.example/");
  EXPECT_TRUE(decode_room_frame(encode(RoomFrame(offer))));
  offer.relays.emplace_back("wss://one.more.example/");
  expect_refused(decode_room_frame, encode(RoomFrame(offer)), Errc::over_limit);
  for (const std::string url : {"", "https://relay.example/", "wss://relay .example/"}) {
    offer.relays.assign(1, url);
    expect_refused(decode_room_frame, encode(RoomFrame(offer)), Errc::malformed);
  }
}

TEST(RoomFrame, AnEncodedMessageBecomesAFrameAsItIs) {
  Author author;
  for (const std::size_t length : {1U, 10U, 127U, 128U, 16'000U, 16'384U, 1U << 20}) {
    const Message message = author.write(std::string(length, 'x'));
    EXPECT_EQ(frame_of_message(encode(message)), encode(RoomFrame(message))) << length;
  }
}

TEST(RoomFrame, Damage) {
  Author author;
  const Message message = author.write("hello");
  const RoomFrame frames[] = {
      message,
      Delivered{.id = message.id, .author = message.author},
      Rejected{.id = message.id, .author = message.author, .reason = RejectReason::id_reused},
      Introduction{.card = sample_card()},
      Presence{.identity_pk = message.author, .here = true},
      sample_step(author),
      Read{.id = message.id, .author = message.author},
      sample_offer(author),
      MailboxKept{.chain = ChainId::random(author.entropy)},
  };
  for (const RoomFrame& frame : frames) expect_robust(decode_room_frame, encode(frame));
}

TEST(RoomFrame, UnknownKind) {
  expect_refused(decode_room_frame, {}, Errc::malformed);
  expect_refused(decode_room_frame, ProtobufWriter().filler(99, 3), Errc::malformed);
}

TEST(RoomFrame, Fields) {
  Author author;
  const Message message = author.write("hello");
  const auto refused = [](const RoomFrame& frame, std::uint32_t kind,
                          const ProtobufWriter& change) {
    expect_refused(decode_room_frame, ProtobufWriter(encode(frame)).message(kind, change),
                   Errc::malformed);
  };
  const RoomFrame delivered = Delivered{.id = message.id, .author = message.author};
  const RoomFrame rejected =
      Rejected{.id = message.id, .author = message.author, .reason = RejectReason::id_reused};
  for (const std::size_t length : {0U, 15U, 17U}) {
    refused(message, 1, ProtobufWriter().filler(1, length));
    refused(delivered, 2, ProtobufWriter().filler(1, length));
    refused(rejected, 3, ProtobufWriter().filler(1, length));
  }
  for (const std::size_t length : {0U, 31U, 33U}) {
    refused(Read{.id = message.id, .author = message.author}, 8,
            ProtobufWriter().filler(3, length));
    refused(message, 1, ProtobufWriter().filler(2, length));
    refused(delivered, 2, ProtobufWriter().filler(2, length));
    refused(rejected, 3, ProtobufWriter().filler(2, length));
    refused(Presence{.identity_pk = message.author, .here = true}, 5,
            ProtobufWriter().filler(1, length));
  }
  refused(Ending{.left = milliseconds(5)}, 7, ProtobufWriter().varint(1, time_limit_ms + 1));
  const RoomFrame step = sample_step(author);
  for (const std::size_t length : {0U, 31U, 33U}) {
    refused(Read{.id = message.id, .author = message.author}, 8,
            ProtobufWriter().filler(3, length));
    refused(step, 6, ProtobufWriter().filler(1, length));
    refused(step, 6, ProtobufWriter().filler(2, length));
    refused(step, 6, ProtobufWriter().filler(6, length));
  }
  for (const std::size_t length : {0U, 15U, 17U}) {
    refused(step, 6, ProtobufWriter().filler(3, length));
    refused(step, 6, ProtobufWriter().filler(4, length));
  }
  for (const std::uint64_t kind : {0U, 7U}) {
    refused(step, 6, ProtobufWriter().varint(5, kind));
  }
  refused(message, 1, ProtobufWriter().filler(5, 63));
  refused(message, 1, ProtobufWriter().filler(5, 65));
  refused(message, 1, ProtobufWriter().varint(3, time_limit_ms + 1));
  refused(message, 1, ProtobufWriter().text(4, "\xc3"));
  refused(rejected, 3, ProtobufWriter().varint(3, 0));
  refused(rejected, 3, ProtobufWriter().varint(3, 4));
  expect_refused(decode_room_frame,
                 ProtobufWriter(encode(RoomFrame(Introduction{.card = sample_card()})))
                     .message(4, ProtobufWriter().message(1, ProtobufWriter().text(5, "Eve"))),
                 crypto::Errc::card_invalid);
}

TEST(RoomFrame, AnEndingSaysHowMuchTimeIsLeft) {
  for (const milliseconds left : {milliseconds(0), milliseconds(60'000)}) {
    const auto decoded = decode_room_frame(encode(RoomFrame(Ending{left})));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
    EXPECT_EQ(std::get<Ending>(*decoded).left, left);
  }
}

TEST(RoomFrame, TextLimit) {
  Author author;
  Message message = author.write(std::string(message_text_limit, 'x'));
  EXPECT_TRUE(decode_room_frame(encode(RoomFrame(message))).has_value());
  EXPECT_TRUE(decode_message(encode(message)).has_value());
  message.text += 'x';
  expect_refused(decode_room_frame, encode(RoomFrame(message)), Errc::over_limit);
  expect_refused(decode_message, encode(message), Errc::over_limit);
}

TEST(RoomFrame, SizeLimit) {
  Author author;
  const Bytes good = encode(RoomFrame(author.write("hello")));
  const std::size_t rest = room_frame_limit - good.size() - 4;  // tag (1) and length (3)
  EXPECT_TRUE(decode_room_frame(ProtobufWriter(good).filler(15, rest)).has_value());
  expect_refused(decode_room_frame, ProtobufWriter(good).filler(15, rest + 1),
                 Errc::over_limit);
}

TEST(Message, RoundTripAlone) {
  Author author;
  const Message message = author.write("");
  const auto decoded = decode_message(encode(message));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  expect_same(*decoded, message);
  EXPECT_TRUE(verify_message(*decoded, author.room).has_value());
}

// The signature covers room, id, author, time and text: any other of them is refused.
TEST(Message, SignatureCoversEverything) {
  Author author;
  const Message message = author.write("hello");
  ASSERT_TRUE(verify_message(message, author.room).has_value());

  const auto refused = [&](auto change) {
    Message other = message;
    RoomId room = author.room;
    change(other, room);
    const auto result = verify_message(other, room);
    ASSERT_FALSE(result.has_value());
    EXPECT_TRUE(result.error().is(crypto::Errc::bad_signature));
  };
  refused([](Message&, RoomId& room) { room.mutable_view()[15] ^= std::byte{1}; });
  refused([](Message& m, RoomId&) { m.id.mutable_view()[0] ^= std::byte{1}; });
  refused([](Message& m, RoomId&) { m.time += milliseconds(1); });
  refused([](Message& m, RoomId&) { m.text += ' '; });
  refused([&](Message& m, RoomId&) {
    m.author = crypto::Ed25519KeyPair::generate(author.entropy).public_key;
  });
  refused([](Message& m, RoomId&) { m.signature.mutable_view()[63] ^= std::byte{1}; });
}

TEST(Message, EveryFlippedBitFails) {
  Author author;
  const Bytes good = encode(author.write("hi"));
  for_each_flipped_bit(good, [&](ByteView damaged) {
    const auto message = decode_message(damaged);
    EXPECT_FALSE(message && verify_message(*message, author.room));
  });
  for_each_truncation(good, [](ByteView cut) { EXPECT_FALSE(decode_message(cut)); });
}

TEST(Message, ContentHashIsLabelled) {
  Author author;
  const Message message = author.write("hello");
  EXPECT_EQ(content_hash(message), crypto::blake2b_256({as_bytes("sotto content 1hello")}));
}

}  // namespace
}  // namespace sotto::wire
