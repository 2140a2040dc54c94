// The chains of offline messages (docs/protocol.md section 5): what is left of each session
// with somebody, one chain a direction.  A row holds keys that are gone once they were used:
// whoever takes one out puts the row back in the same transaction, before anything leaves.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/chain_id.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct SkippedKey {
  std::uint32_t index = 0;
  crypto::SymmetricKey key;
};

struct ChainRow {
  ChainId id;
  RoomId room;
  crypto::Ed25519PublicKey peer;
  bool sending = false;
  bool kept = false;  // sending: the peer has stored it, it may be used
  crypto::SymmetricKey header_key = {};
  crypto::SymmetricKey key = {};  // of the next index
  std::uint32_t next = 0;
  WallTime made = {};
  std::optional<WallTime> replaced = std::nullopt;  // receiving: by a newer one
  std::vector<SkippedKey> skipped = {};             // receiving, in the order of their indices
};

class Chains {
 public:
  explicit Chains(Database& database) : database_(database) {}

  Result<void> put(const ChainRow& row);
  Result<std::optional<ChainRow>> find(const ChainId& id);
  // In the order of being made.
  Result<std::vector<ChainRow>> of(const RoomId& room, const crypto::Ed25519PublicKey& peer);
  Result<void> remove(const ChainId& id);
  Result<void> remove_all(const RoomId& room, const crypto::Ed25519PublicKey& peer);

 private:
  Database& database_;
};

}  // namespace sotto::store
