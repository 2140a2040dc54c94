// Which authors have yet to hear that their messages were read: one row a message, gone once
// the author has said that they know.
#pragma once
#include <vector>

#include "store/messages.h"

namespace sotto::store {

class Receipts {
 public:
  explicit Receipts(Database& database) : database_(database) {}

  // For a message that was shown; no harm when it is there already.
  Result<void> add(const MessageRow& message);
  // The messages of `author` in `room`, without their texts, oldest first.
  Result<std::vector<MessageRow>> owed(const RoomId& room,
                                       const crypto::Ed25519PublicKey& author,
                                       std::size_t limit);
  Result<void> remove(std::int64_t message_seq);

 private:
  Database& database_;
};

}  // namespace sotto::store
