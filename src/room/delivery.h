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
  bool queued = false;  // by this call; else it was in the outbox, or had arrived, before
  bool is_new = false;  // no message of this id was there before
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

// Those of our own messages that all recipients have committed, and how far they came,
// whichever process was told.
struct Settled {
  MessageId id;
  store::Stage stage;
};
Result<std::vector<Settled>> settled_among(store::Database& database, const RoomId& room,
                                           const crypto::Ed25519PublicKey& self,
                                           const std::vector<MessageId>& ids);

// `recipient` will never take the message: it waits no longer.
Result<void> rejected(store::Database& database, const RoomId& room,
                      const crypto::Ed25519PublicKey& self,
                      const crypto::Ed25519PublicKey& author, const MessageId& id,
                      const crypto::Ed25519PublicKey& recipient);

// A message was shown here.  Returns who has to hear that, if somebody: in a room of our own it
// is what `read` means.
struct OwedReceipt {
  RoomId room;
  crypto::Ed25519PublicKey author;
  auto operator<=>(const OwedReceipt&) const = default;
};
Result<std::optional<OwedReceipt>> shown(store::Database& database,
                                         const crypto::Ed25519PublicKey& self,
                                         std::int64_t seq);

// The host of `room` has read a message of our own; true when that is news.  Nothing when it
// has read other words under this id.
Result<bool> read(store::Database& database, const RoomId& room,
                  const crypto::Ed25519PublicKey& self, const wire::Read& read);

// The author knows that the message was read.
Result<void> read_is_known(store::Database& database, const RoomId& room,
                           const crypto::Ed25519PublicKey& author, const MessageId& id);

// How long a message waits in the outbox.
inline constexpr auto outbox_limit = std::chrono::days(14);

// Takes what has waited too long out of the outbox; returns what was our own.  Their ids stay
// taken: the messages remain in the history.
struct Expired {
  RoomId room;
  MessageId id;
};
Result<std::vector<Expired>> expire(store::Database& database,
                                    const crypto::Ed25519PublicKey& self, WallTime now);

// Takes a message of our own out of the outbox, whoever it waits for; its room.
// Errc::message_unknown when none of that id waits.
Result<RoomId> cancel(store::Database& database, const crypto::Ed25519PublicKey& self,
                      const MessageId& id);

}  // namespace sotto::room
