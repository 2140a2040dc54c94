// The connection files that a host has given out.  Rows outlive their use: a spent, expired or
// revoked invite still names the reason to the one who holds its psk.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/card.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct InviteRow {
  InviteId id;
  RoomId room;
  std::uint32_t number = 0;  // 1, 2, ... in the order of creation in this room; add() counts
  crypto::SymmetricKey psk;
  crypto::SymmetricKey record_secret;
  std::uint32_t uses = 1;
  std::uint32_t spent = 0;  // cards pinned so far; read-only, pin() counts
  std::optional<WallTime> expires;
  bool revoked = false;
  Bytes permissions;  // as wire/connection_file.h encodes them
  WallTime created;
  // What its bearer reads the room's onion descriptor with; nothing: not over an onion, or
  // open.
  std::optional<crypto::X25519PublicKey> onion_client = std::nullopt;
};

class Invites {
 public:
  explicit Invites(Database& database) : database_(database) {}

  Result<void> add(const InviteRow& row);
  Result<std::uint32_t> newest_number(const RoomId& room);  // 0: it has none
  Result<std::optional<InviteRow>> find(const InviteId& id);
  Result<std::vector<InviteRow>> of(const RoomId& room);  // in the order of creation
  Result<void> revoke(const InviteId& id);

  enum class Pin { pinned, was_pinned, burnt };
  // Spends one use on this card, unless it has one already or none is left.  Call it inside the
  // transaction that admits the card: of two who race, one gets `pinned`.
  Result<Pin> pin(const InviteId& id, const crypto::Fingerprint& card);

 private:
  Database& database_;
};

}  // namespace sotto::store
