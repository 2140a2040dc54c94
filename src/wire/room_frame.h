// What member and host say over the chat channel (docs/protocol.md section 5).
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/chain_id.h"
#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/card.h"
#include "crypto/hash.h"
#include "wire/candidates.h"
#include "wire/errors.h"

namespace sotto::wire {

struct Message {
  MessageId id;
  crypto::Ed25519PublicKey author;  // the author's identity key
  WallTime time;                    // the author's clock
  std::string text;                 // UTF-8, at most message_text_limit
  crypto::Signature signature;
};

// BLAKE2b-256("sotto content 1" | text).
crypto::Hash32 content_hash(const Message& message);

// Signs "sotto message 1" | room_id | id | time (8, big-endian ms) | content hash.
void sign_message(Message& message, const RoomId& room, const crypto::Ed25519KeyPair& author);
// crypto's bad_signature.
Result<void> verify_message(const Message& message, const RoomId& room);

struct Delivered {
  MessageId id;
  crypto::Ed25519PublicKey author;
};

enum class RejectReason : std::uint8_t {
  id_reused = 1,  // the same id with other content
  not_allowed,    // the sender may not chat here
  bad_signature,
};

struct Rejected {
  MessageId id;
  crypto::Ed25519PublicKey author;
  RejectReason reason;
};

struct Introduction {
  crypto::Card card;
};

struct Presence {
  crypto::Ed25519PublicKey identity_pk;
  bool here = false;
};

// What a step of a live verification is (room/live_verification.h has the exchange).
enum class VerificationKind : std::uint8_t {
  request = 1,  // a person wants to verify, and waits
  commit,       // value: H(ra)
  nonce,        // value: rb
  reveal,       // value: ra
  confirm,      // the person sees the same on both sides
  deny,         // the person does not, or has given up
};

struct VerificationStep {
  crypto::Ed25519PublicKey from;
  crypto::Ed25519PublicKey to;
  AttemptId attempt;    // the sender's
  AttemptId answering;  // the receiver's; zeros while it is not known
  VerificationKind kind = VerificationKind::request;
  crypto::Hash32 value{};  // zeros for a kind that has none
};

// The host closes the room when so much time has passed.
struct Ending {
  milliseconds left{};
};

// From the host to the author: the message was shown.  From the author: it knows.
struct Read {
  MessageId id;
  crypto::Ed25519PublicKey author;
  crypto::Hash32 content_hash{};  // an id may have been used for other words since
};

// Where the sender takes deposits of the receiver while it is away; both chains of the session
// are in its store.
struct MailboxOffer {
  ChainId chain;  // whose deposits the sender reads
  crypto::Ed25519PublicKey mailbox;
  std::vector<std::string> relays;  // URLs, at most relays_limit; none: nowhere at the moment
};

// The offer and both chains are in the sender's store: from now on it writes this chain, and no
// older one.
struct MailboxKept {
  ChainId chain;
};

using RoomFrame =
    std::variant<Message, Delivered, Rejected, Introduction, Presence, VerificationStep, Ending,
                 Read, MailboxOffer, MailboxKept, Candidates>;

Bytes encode(const RoomFrame& frame);
// The frame of a message that is encoded already, as the store keeps it.
Bytes frame_of_message(ByteView encoded);
// Errc::malformed, over_limit; crypto's card_invalid for an introduction.  Does not verify
// signatures of messages: that needs the room.
Result<RoomFrame> decode_room_frame(ByteView bytes);

// A message alone, as the store keeps it.
Bytes encode(const Message& message);
Result<Message> decode_message(ByteView bytes);

}  // namespace sotto::wire
