// Mailboxes on relays (docs/protocol.md section 5, "Offline messages"): for each person of a
// room the one in which we take what they leave, and the one in which they take what we leave.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_bytes.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct TheirMailbox {
  crypto::Ed25519PublicKey id;
  std::vector<std::string> relays;  // URLs
};

struct MailboxRow {
  RoomId room;
  crypto::Ed25519PublicKey peer;
  crypto::Ed25519SecretKey own;     // whoever has it reads and empties our mailbox
  std::vector<std::string> relays;  // where it is, or was, open
  std::optional<TheirMailbox> theirs = std::nullopt;
};

class Mailboxes {
 public:
  explicit Mailboxes(Database& database) : database_(database) {}

  Result<void> put(const MailboxRow& row);  // inserts or replaces (room, peer)
  Result<std::optional<MailboxRow>> find(const RoomId& room,
                                         const crypto::Ed25519PublicKey& peer);
  Result<std::vector<MailboxRow>> of(const RoomId& room);
  Result<void> remove(const RoomId& room, const crypto::Ed25519PublicKey& peer);

 private:
  Database& database_;
};

}  // namespace sotto::store
