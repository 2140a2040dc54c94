#include "wire/room_frame.h"

#include <algorithm>

#include "base/big_endian.h"
#include "crypto/sign.h"
#include "room.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure frame_structure{"What the other side said in the room", peer_cure};
constexpr Structure message_structure{"The message", "Ask its author to send it again."};

// The fixed-size part of what a message's signature covers.
struct SignedFields {
  std::array<std::byte, 8> time;
  crypto::Hash32 hash;

  explicit SignedFields(const Message& message) : hash(content_hash(message)) {
    store_be(time, static_cast<std::uint64_t>(unix_ms(message.time)));
  }
};

constexpr std::string_view signing_label = "sotto message 1";

struct FrameWriter {
  proto::RoomFrame& out;

  static void write(const Message& message, proto::Message& to) {
    to.set_id(to_string(message.id.view()));
    to.set_author(to_string(message.author.view()));
    to.set_time_unix_ms(static_cast<std::uint64_t>(unix_ms(message.time)));
    to.set_text(message.text);
    to.set_signature(to_string(message.signature.view()));
  }

  void operator()(const Message& message) const { write(message, *out.mutable_message()); }
  void operator()(const Delivered& delivered) const {
    out.mutable_delivered()->set_id(to_string(delivered.id.view()));
    out.mutable_delivered()->set_author(to_string(delivered.author.view()));
  }
  void operator()(const Rejected& rejected) const {
    out.mutable_rejected()->set_id(to_string(rejected.id.view()));
    out.mutable_rejected()->set_author(to_string(rejected.author.view()));
    out.mutable_rejected()->set_reason(static_cast<std::uint32_t>(rejected.reason));
  }
  void operator()(const Introduction& introduction) const {
    write_card(introduction.card, *out.mutable_introduction()->mutable_card());
  }
  void operator()(const Presence& presence) const {
    out.mutable_presence()->set_identity_pk(to_string(presence.identity_pk.view()));
    out.mutable_presence()->set_here(presence.here);
  }
  void operator()(const VerificationStep& step) const {
    proto::VerificationStep& to = *out.mutable_verification();
    to.set_from(to_string(step.from.view()));
    to.set_to(to_string(step.to.view()));
    to.set_attempt(to_string(step.attempt.view()));
    to.set_answering(to_string(step.answering.view()));
    to.set_kind(static_cast<std::uint32_t>(step.kind));
    to.set_value(to_string(step.value));
  }
  void operator()(const Ending& ending) const {
    out.mutable_ending()->set_left_ms(static_cast<std::uint64_t>(ending.left.count()));
  }

  void operator()(const Read& read) const {
    out.mutable_read()->set_id(to_string(read.id.view()));
    out.mutable_read()->set_author(to_string(read.author.view()));
    out.mutable_read()->set_content_hash(to_string(read.content_hash));
  }
  void operator()(const MailboxOffer& offer) const {
    proto::MailboxOffer& to = *out.mutable_mailbox_offer();
    to.set_chain(to_string(offer.chain.view()));
    to.set_mailbox(to_string(offer.mailbox.view()));
    for (const std::string& url : offer.relays) to.add_relays(url);
  }
  void operator()(const MailboxKept& kept) const {
    out.mutable_mailbox_kept()->set_chain(to_string(kept.chain.view()));
  }
  void operator()(const Candidates& all) const {
    proto::Candidates& to = *out.mutable_candidates();
    to.set_generation(all.generation);
    to.set_lifetime_ms(static_cast<std::uint64_t>(all.lifetime.count()));
    for (const Candidate& candidate : all.candidates) {
      proto::PathCandidate& one = *to.add_candidates();
      one.set_kind(static_cast<std::uint32_t>(candidate.kind));
      one.set_transport(static_cast<std::uint32_t>(candidate.transport));
      one.set_address(to_string(candidate.address));
      one.set_port(candidate.port);
      one.set_priority(candidate.priority);
      one.set_foundation(candidate.foundation);
    }
  }
};

Message read_message(FieldReader& in, proto::Message& message) {
  return {.id = in.fixed<MessageId>("message id", message.id()),
          .author = in.fixed<crypto::Ed25519PublicKey>("author", message.author()),
          .time = in.time("time", message.time_unix_ms()),
          .text = in.text("text", std::move(*message.mutable_text()), message_text_limit),
          .signature = in.fixed<crypto::Signature>("signature", message.signature())};
}

VerificationStep read_step(FieldReader& in, const proto::VerificationStep& step) {
  VerificationStep out{.from = in.fixed<crypto::Ed25519PublicKey>("sender", step.from()),
                       .to = in.fixed<crypto::Ed25519PublicKey>("receiver", step.to()),
                       .attempt = in.fixed<AttemptId>("attempt", step.attempt()),
                       .answering = in.fixed<AttemptId>("answered attempt", step.answering()),
                       .kind = in.choice("kind", step.kind(), VerificationKind::deny)};
  in.check(step.value().size() == out.value.size(), "value", "has the wrong length");
  if (!in.failed()) std::ranges::copy(as_bytes(step.value()), out.value.begin());
  return out;
}

Read read_read(FieldReader& in, const proto::Read& read) {
  Read out{.id = in.fixed<MessageId>("message id", read.id()),
           .author = in.fixed<crypto::Ed25519PublicKey>("author", read.author())};
  const std::string& hash = read.content_hash();
  in.check(hash.size() == out.content_hash.size(), "content hash", "has the wrong length");
  if (!in.failed()) std::ranges::copy(as_bytes(hash), out.content_hash.begin());
  return out;
}

MailboxOffer read_offer(FieldReader& in, proto::MailboxOffer& offer) {
  MailboxOffer out{
      .chain = in.fixed<ChainId>("chain", offer.chain()),
      .mailbox = in.fixed<crypto::Ed25519PublicKey>("mailbox", offer.mailbox()),
      .relays = {},
  };
  in.check_count("number of relays", static_cast<std::size_t>(offer.relays_size()),
                 relays_limit);
  if (in.failed()) return out;
  for (std::string& url : *offer.mutable_relays()) {
    out.relays.push_back(in.relay_url("relay", std::move(url)));
  }
  return out;
}

// RFC 8839 section 5.1: ice-char.
bool is_foundation(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return !text.empty() && text.size() <= foundation_limit &&
         text.find_first_not_of(letters) == text.npos;
}

Candidate read_candidate(FieldReader& in, const proto::PathCandidate& from) {
  const bool is_address = from.address().size() == 4 || from.address().size() == 16;
  in.check(is_address, "address", "has the wrong length");
  in.check(is_foundation(from.foundation()), "foundation", "is none");
  return {.kind = in.choice("kind", from.kind(), CandidateKind::mapped),
          .transport = in.choice("transport", from.transport(), CandidateTransport::tcp),
          .address = to_bytes(as_bytes(from.address())),
          .port = in.port("port", from.port()),
          .priority = from.priority(),
          .foundation = from.foundation()};
}

Candidates read_candidates(FieldReader& in, const proto::Candidates& from) {
  Candidates out{.generation = from.generation(), .lifetime = {}, .candidates = {}};
  in.check(from.generation() > 0, "generation", "is zero");
  in.check(from.lifetime_ms() <= candidates_lifetime_limit_ms, "lifetime", "is too long");
  in.check_count("number of candidates", static_cast<std::size_t>(from.candidates_size()),
                 candidates_limit);
  if (in.failed()) return out;
  out.lifetime = milliseconds(from.lifetime_ms());
  for (const proto::PathCandidate& candidate : from.candidates()) {
    out.candidates.push_back(read_candidate(in, candidate));
  }
  return out;
}

RoomFrame read_frame(FieldReader& in, proto::RoomFrame& frame) {
  switch (frame.kind_case()) {
    case proto::RoomFrame::kMessage:
      return read_message(in, *frame.mutable_message());
    case proto::RoomFrame::kDelivered:
      return Delivered{
          .id = in.fixed<MessageId>("message id", frame.delivered().id()),
          .author = in.fixed<crypto::Ed25519PublicKey>("author", frame.delivered().author())};
    case proto::RoomFrame::kRejected:
      return Rejected{
          .id = in.fixed<MessageId>("message id", frame.rejected().id()),
          .author = in.fixed<crypto::Ed25519PublicKey>("author", frame.rejected().author()),
          .reason =
              in.choice("reason", frame.rejected().reason(), RejectReason::bad_signature)};
    case proto::RoomFrame::kIntroduction:
      return Introduction{.card = in.card("card", frame.introduction().card())};
    case proto::RoomFrame::kPresence:
      return Presence{.identity_pk = in.fixed<crypto::Ed25519PublicKey>(
                          "identity key", frame.presence().identity_pk()),
                      .here = frame.presence().here()};
    case proto::RoomFrame::kVerification:
      return read_step(in, frame.verification());
    case proto::RoomFrame::kEnding:
      in.check(frame.ending().left_ms() <= time_limit_ms, "time left", "is too long");
      return Ending{.left = milliseconds(frame.ending().left_ms() % (time_limit_ms + 1))};
    case proto::RoomFrame::kRead:
      return read_read(in, frame.read());
    case proto::RoomFrame::kMailboxOffer:
      return read_offer(in, *frame.mutable_mailbox_offer());
    case proto::RoomFrame::kMailboxKept:
      return MailboxKept{.chain = in.fixed<ChainId>("chain", frame.mailbox_kept().chain())};
    case proto::RoomFrame::kCandidates:
      return read_candidates(in, frame.candidates());
    case proto::RoomFrame::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return {};
}

}  // namespace

crypto::Hash32 content_hash(const Message& message) {
  return crypto::blake2b_256({as_bytes("sotto content 1"), as_bytes(message.text)});
}

void sign_message(Message& message, const RoomId& room, const crypto::Ed25519KeyPair& author) {
  const SignedFields fields(message);
  message.signature = crypto::sign(author, {as_bytes(signing_label), room.view(),
                                            message.id.view(), fields.time, fields.hash});
}

Result<void> verify_message(const Message& message, const RoomId& room) {
  const SignedFields fields(message);
  return crypto::verify(
      message.author,
      {as_bytes(signing_label), room.view(), message.id.view(), fields.time, fields.hash},
      message.signature);
}

Bytes encode(const RoomFrame& frame) {
  proto::RoomFrame message;
  std::visit(FrameWriter{message}, frame);
  return serialize(message);
}

// proto::RoomFrame with nothing but its field 1, of wire type 2: its key, a varint of the
// length, the message.  Decoding it first only to encode it again costs more than sending it.
Bytes frame_of_message(ByteView encoded) {
  Bytes frame;
  frame.reserve(encoded.size() + 6);
  frame.push_back(std::byte{0x0a});
  std::size_t rest = encoded.size();
  for (; rest >= 0x80; rest >>= 7) frame.push_back(static_cast<std::byte>(rest | 0x80));
  frame.push_back(static_cast<std::byte>(rest));
  append(frame, encoded);
  return frame;
}

Result<RoomFrame> decode_room_frame(ByteView bytes) {
  proto::RoomFrame message;
  FieldReader in(frame_structure);
  in.parse(message, bytes, room_frame_limit);
  return in.finish(read_frame(in, message));
}

Bytes encode(const Message& message) {
  proto::Message out;
  FrameWriter::write(message, out);
  return serialize(out);
}

Result<Message> decode_message(ByteView bytes) {
  proto::Message message;
  FieldReader in(message_structure);
  in.parse(message, bytes, room_frame_limit);
  return in.finish(read_message(in, message));
}

}  // namespace sotto::wire
