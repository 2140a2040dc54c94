// What was sealed for the mailbox of somebody who is away: one row for an entry of the outbox,
// gone with it.  It holds the sealed parts until a relay has taken them, so that a message
// costs its chain one step however often it is tried, and afterwards the mark `relayed`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/outbox.h"

namespace sotto::store {

struct DepositRow {
  std::int64_t message_seq = 0;
  RoomId room;
  crypto::Ed25519PublicKey recipient;
  WallTime made;
  crypto::Ed25519PublicKey mailbox;  // that it was sealed for
  std::vector<std::string> relays;   // that have all of it
  std::vector<Bytes> parts;          // still to go; none: the relays above are enough
};

class Deposits {
 public:
  explicit Deposits(Database& database) : database_(database) {}

  // Inserts or replaces; false when the entry is in the outbox no more.
  Result<bool> put(const DepositRow& row);
  Result<std::optional<DepositRow>> find(std::int64_t message_seq, const RoomId& room,
                                         const crypto::Ed25519PublicKey& recipient);
  Result<void> remove(std::int64_t message_seq, const RoomId& room,
                      const crypto::Ed25519PublicKey& recipient);

 private:
  Database& database_;
};

}  // namespace sotto::store
