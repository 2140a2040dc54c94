#include "wire/handshake.h"

#include <algorithm>
#include <cassert>

#include "base/big_endian.h"
#include "handshake.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure hello_structure{"The joiner's first message", peer_cure};
constexpr Structure auth_structure{"The joiner's introduction", peer_cure};
constexpr Structure welcome_structure{"The host's welcome", peer_cure};
constexpr Structure refused_structure{"The host's refusal", peer_cure};

constexpr std::size_t length_bytes = 2;

void wipe_welcome(proto::Welcome& message) {
  if (!message.has_access()) return;
  wipe_text(*message.mutable_access()->mutable_psk());
  wipe_text(*message.mutable_access()->mutable_record_secret());
}

Access read_access(FieldReader& in, const proto::Access& message) {
  return {.tag = in.fixed<LinkRef>("member tag", message.tag()),
          .psk = in.fixed<crypto::SymmetricKey>("psk", message.psk()),
          .record_secret =
              in.fixed<crypto::SymmetricKey>("record secret", message.record_secret())};
}

}  // namespace

Bytes encode(const Hello& hello) {
  proto::Hello message;
  message.set_ref(to_string(hello.ref.view()));
  return serialize(message);
}

Result<Hello> decode_hello(ByteView bytes) {
  proto::Hello message;
  FieldReader in(hello_structure);
  in.parse(message, bytes, payload_limit);
  return in.finish(Hello{.ref = in.fixed<LinkRef>("ref", message.ref())});
}

Bytes encode(const JoinerAuth& auth) {
  proto::JoinerAuth message;
  write_card(auth.card, *message.mutable_card());
  message.set_purpose(static_cast<proto::Purpose>(auth.purpose));
  if (auth.resume) {
    proto::Resume& resume = *message.mutable_resume();
    resume.set_session_id(to_string(auth.resume->session_id.view()));
    resume.set_link_no(auth.resume->link_no);
    resume.set_last_received(auth.resume->last_received);
  }
  return serialize(message);
}

Result<JoinerAuth> decode_joiner_auth(ByteView bytes) {
  proto::JoinerAuth message;
  FieldReader in(auth_structure);
  in.parse(message, bytes, payload_limit);
  JoinerAuth auth{.card = in.card("card", message.card()),
                  .purpose = in.choice("purpose", message.purpose(), Purpose::send),
                  .resume = std::nullopt};
  if (message.has_resume()) {
    const proto::Resume& resume = message.resume();
    auth.resume = Resume{.session_id = in.fixed<SessionId>("session id", resume.session_id()),
                         .link_no = resume.link_no(),
                         .last_received = resume.last_received()};
  }
  return in.finish(std::move(auth));
}

Secret encode(const Welcome& welcome) {
  Wiped<proto::Welcome, wipe_welcome> message;
  message->set_session_id(to_string(welcome.session_id.view()));
  message->set_resumed(welcome.resumed);
  message->set_last_received(welcome.last_received);
  message->set_room_id(to_string(welcome.room_id.view()));
  message->set_room_name(welcome.room_name);
  if (const auto& given = welcome.access) {
    proto::Access& access = *message->mutable_access();
    access.set_tag(to_string(given->tag.view()));
    access.set_psk(given->psk.view().data(), given->psk.view().size());
    access.set_record_secret(given->record_secret.view().data(),
                             given->record_secret.view().size());
  }
  return serialize_secret(*message);
}

Result<Welcome> decode_welcome(ByteView bytes) {
  Wiped<proto::Welcome, wipe_welcome> message;
  FieldReader in(welcome_structure);
  in.parse(*message, bytes, payload_limit);
  Welcome welcome{.session_id = in.fixed<SessionId>("session id", message->session_id()),
                  .resumed = message->resumed(),
                  .last_received = message->last_received(),
                  .room_id = in.fixed<RoomId>("room id", message->room_id()),
                  .room_name = in.name("room name", message->room_name()),
                  .access = std::nullopt};
  if (message->has_access()) welcome.access = read_access(in, message->access());
  return in.finish(std::move(welcome));
}

Bytes encode(RefusedReason reason) {
  proto::Refused message;
  message.set_reason(static_cast<proto::RefusedReason>(reason));
  return serialize(message);
}

Result<RefusedReason> decode_refused(ByteView bytes) {
  proto::Refused message;
  FieldReader in(refused_structure);
  in.parse(message, bytes, payload_limit);
  return in.finish(in.choice("reason", message.reason(), RefusedReason::busy));
}

Bytes pad_handshake(ByteView payload, std::size_t size) {
  assert(payload.size() <= 0xffff && length_bytes + payload.size() <= size);
  Bytes out;
  out.reserve(size);
  append_be(out, static_cast<std::uint16_t>(payload.size()));
  append(out, payload);
  out.resize(size);
  return out;
}

Result<Bytes> unpad_handshake(ByteView padded) {
  const auto malformed = [](std::string_view complaint) {
    return fail(Errc::malformed, "The handshake's payload is not valid: its padding " +
                                     std::string(complaint) + ". " + std::string(peer_cure));
  };
  if (padded.size() < length_bytes) return malformed("is missing");
  const std::size_t length = load_be<std::uint16_t>(padded);
  const ByteView rest = padded.subspan(length_bytes);
  if (length > rest.size()) return malformed("claims more bytes than there are");
  if (std::ranges::any_of(rest.subspan(length), [](std::byte b) { return b != std::byte{}; })) {
    return malformed("is not all zero");
  }
  return to_bytes(rest.first(length));
}

}  // namespace sotto::wire
