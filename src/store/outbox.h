// What still has to reach someone: one light row a message and recipient, gone once delivered.
#pragma once
#include <cstdint>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "store/messages.h"

namespace sotto::store {

struct OutboxEntry {
  std::int64_t message_seq;
  RoomId room;
  crypto::Ed25519PublicKey recipient;
  WallTime queued;
};

class Outbox {
 public:
  static constexpr std::size_t waiting_bytes = 1 << 20;

  explicit Outbox(Database& database) : database_(database) {}

  Result<bool> add(const OutboxEntry& entry);  // false when it was there already
  // The messages that wait for `recipient` in `room`, oldest first, after `after_seq`: at most
  // `limit` of them, and no more once they have `bytes` together.
  Result<std::vector<MessageRow>> waiting(const RoomId& room,
                                          const crypto::Ed25519PublicKey& recipient,
                                          std::int64_t after_seq, std::size_t limit,
                                          std::size_t bytes = waiting_bytes);
  // True when the entry was there.
  Result<bool> remove(std::int64_t message_seq, const crypto::Ed25519PublicKey& recipient);
  // Drops all that waits for `recipient` in `room`.
  Result<void> remove_all(const RoomId& room, const crypto::Ed25519PublicKey& recipient);
  // How many messages of `room` somebody has not committed yet.
  Result<std::size_t> waiting_in(const RoomId& room);
  // All entries of the message; how many there were.
  Result<std::size_t> remove_all(std::int64_t message_seq);
  // True while any recipient of the message has not committed it.
  Result<bool> waits(std::int64_t message_seq);
  Result<std::vector<OutboxEntry>> of(std::int64_t message_seq);
  Result<std::vector<OutboxEntry>> all();  // oldest first
  // The entries that were queued before `limit`, wherever they are: a clock that was ahead for a
  // while must not keep what came later from ever being old.
  Result<std::vector<OutboxEntry>> queued_before(WallTime limit);
  Result<std::vector<RoomId>> rooms();  // in which something waits
  // For whom something waits in `room`.
  Result<std::vector<crypto::Ed25519PublicKey>> recipients(const RoomId& room);
  Result<std::size_t> count();          // of entries

 private:
  Database& database_;
};

}  // namespace sotto::store
