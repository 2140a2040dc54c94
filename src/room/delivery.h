// Messages through the store: composed, accepted, acknowledged (docs/protocol.md section 5,
// "Delivery").  Each function is one transaction's worth; the caller commits before it tells
// anyone.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "base/fixed_bytes.h"
#include "crypto/card.h"
#include "store/messages.h"
#include "store/rooms.h"
#include "wire/room_frame.h"

namespace sotto::room {

// The id of a message whose sender named it (`--id`): the same name, the same id.
MessageId named_message_id(std::string_view name);

// Who gets the messages of a room from this profile: the host, or, in a room of our own, every
// member but `author`.
Result<std::vector<crypto::Ed25519PublicKey>> recipients(
    store::Database& database, const store::RoomRow& room,
    const crypto::Ed25519PublicKey& author);

// Signs a message of our own and queues it for all recipients.  A repeated id with the same
// text is no new message: the row that is there is returned.  Errc::id_reused with another
// text.
struct Composed {
  std::int64_t seq = 0;
  MessageId id;
  store::Stage stage = store::Stage::queued;
};
Result<Composed> compose(store::Database& database, const store::RoomRow& room,
                         const crypto::Ed25519KeyPair& author, std::string text,
                         const MessageId& id, WallTime now);

// Takes in a message of somebody else, whose signature was verified; in a room of our own it is
// queued for the other members.
struct Accepted {
  store::Messages::Added outcome = store::Messages::Added::added;
  std::int64_t seq = 0;
  bool fanned_out = false;
};
Result<Accepted> accept(store::Database& database, const RoomId& room,
                        const wire::Message& message, WallTime now);

// `recipient` has committed the message; true when it was the last to do so, of our own.
Result<bool> delivered(store::Database& database, const RoomId& room,
                       const crypto::Ed25519PublicKey& self,
                       const crypto::Ed25519PublicKey& author, const MessageId& id,
                       const crypto::Ed25519PublicKey& recipient);

// Those of our own messages that all recipients have committed, whichever process was told.
Result<std::vector<MessageId>> delivered_among(store::Database& database, const RoomId& room,
                                               const crypto::Ed25519PublicKey& self,
                                               const std::vector<MessageId>& ids);

}  // namespace sotto::room
