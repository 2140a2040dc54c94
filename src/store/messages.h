// Messages of each room, sent and received, in the order in which they were committed.
//
// A message is known by room, author and id.  The same three with other content is refused,
// with the same content it is a duplicate: that is what makes delivery exactly once.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

// How far one of our own messages has come; for others' it is `delivered` from the start.  A
// later stage wins: what was cancelled, or given up after its time in the outbox, may have
// arrived all the same.
enum class Stage : std::uint8_t {
  queued = 1,
  cancelled,
  expired,
  relayed,
  sent,
  delivered,
  read
};

struct MessageRow {
  std::int64_t seq = 0;  // assigned by add(): the order within the whole store
  RoomId room;
  crypto::Ed25519PublicKey author;
  MessageId id;
  crypto::Hash32 content_hash;
  Bytes message;      // as wire/room_frame.h encodes it, signature and all
  WallTime received;  // our clock
  Stage stage = Stage::queued;
  bool shown = false;  // written to the person or their script; ours: from the start
};

struct HistoryQuery {
  std::optional<WallTime> since;     // by `received`
  std::optional<std::size_t> limit;  // the newest so many
};

class Messages {
 public:
  explicit Messages(Database& database) : database_(database) {}

  // `forgotten`: it was here before and was forgotten since, content hash and all (forget.h).
  enum class Added { added, duplicate, id_reused, forgotten };
  struct Addition {
    Added outcome;
    std::int64_t seq;  // of the row that is there now; 0: forgotten
  };
  Result<Addition> add(const MessageRow& row);  // row.seq is ignored

  Result<std::optional<MessageRow>> find(std::int64_t seq);
  Result<std::optional<MessageRow>> find(const RoomId& room,
                                         const crypto::Ed25519PublicKey& author,
                                         const MessageId& id);
  // The same without `message`, which costs more than all the rest.
  Result<std::optional<MessageRow>> head(const RoomId& room,
                                         const crypto::Ed25519PublicKey& author,
                                         const MessageId& id);
  Result<std::vector<MessageRow>> history(const RoomId& room, const HistoryQuery& query);
  Result<std::vector<MessageRow>> not_shown(const RoomId& room);  // oldest first
  // The message without its text, unless it was shown before or is gone.
  Result<std::optional<MessageRow>> mark_shown(std::int64_t seq);
  // Forgets a message of ours that was given up before it left.
  Result<void> remove(std::int64_t seq);
  // Never back to an earlier one: false when it had come as far already, or is gone.
  Result<bool> set_stage(std::int64_t seq, Stage stage);
  Result<void> requeue(std::int64_t seq);  // what was given up goes out again

 private:
  Database& database_;
};

}  // namespace sotto::store
