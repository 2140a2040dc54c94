// Payloads of the handshake messages and of the first record (docs/protocol.md section 3).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/fixed_bytes.h"
#include "crypto/card.h"
#include "wire/errors.h"

namespace sotto::wire {

struct Hello {
  LinkRef ref;
};

enum class Purpose : std::uint8_t {
  enter = 1,  // be present in the room
  send = 2,   // leave messages and go: receives none, announced to nobody
};

struct Resume {
  SessionId session_id;
  std::uint64_t link_no = 0;        // higher than any link of the session before
  std::uint64_t last_received = 0;  // the joiner's
};

struct JoinerAuth {
  crypto::Card card;
  Purpose purpose = Purpose::enter;
  std::optional<Resume> resume;
};

// What later links of a member use instead of the invite.
struct Access {
  LinkRef tag;
  crypto::SymmetricKey psk;
  crypto::SymmetricKey record_secret;
  Access copy() const { return {tag, psk.copy(), record_secret.copy()}; }
};

struct Welcome {
  SessionId session_id;
  bool resumed = false;
  std::uint64_t last_received = 0;
  RoomId room_id;
  std::string room_name;
  std::optional<Access> access;
};

enum class RefusedReason : std::uint8_t {
  invite_burnt = 1,
  invite_expired,
  invite_revoked,
  not_a_member,
  key_changed,
  room_full,
  room_closed,
  busy,
};

// Each decoder checks every length and enum: Errc::malformed; decode_joiner_auth also the card.
Bytes encode(const Hello& hello);
Result<Hello> decode_hello(ByteView bytes);
Bytes encode(const JoinerAuth& auth);
Result<JoinerAuth> decode_joiner_auth(ByteView bytes);
Secret encode(const Welcome& welcome);
Result<Welcome> decode_welcome(ByteView bytes);
Bytes encode(RefusedReason reason);
Result<RefusedReason> decode_refused(ByteView bytes);

// A handshake payload padded to exactly `size` bytes: length (2, big-endian) | payload | zeros.
// `payload` at most size - 2 (asserted: ours).
Bytes pad_handshake(ByteView payload, std::size_t size);
Result<Bytes> unpad_handshake(ByteView padded);  // Errc::malformed; non-zero padding too

}  // namespace sotto::wire
