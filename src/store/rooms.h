// Rooms: those this profile hosts and those it has entered or may enter.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/card.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

// What opens the door: an invite's id and psk, or a member's tag and psk.
struct Credential {
  LinkRef ref;
  crypto::SymmetricKey psk;
};

struct RoomRow {
  RoomId id;
  std::string name;  // ours for it, unique among rooms
  bool hosted = false;
  crypto::Ed25519PublicKey host;  // its identity key; our own when hosted
  Secret reach;                   // as wire/connection_file.h encodes it
  std::uint16_t port = 0;         // hosted: the first port, kept; 0: none yet
  bool tor_only = false;          // the promise of docs/protocol.md section 8
  // Hosted rooms that were open over Tor: the key of the room's onion service, and keys of the
  // client authorization that the service knows already and no connection file has yet.
  std::optional<crypto::Ed25519SecretKey> onion_key;
  std::vector<crypto::X25519SecretKey> onion_spares;
  WallTime added;
  // Joined rooms only.
  std::optional<Credential> invite;  // to come in by next, before `access`
  std::optional<Credential> access;
  std::optional<LinkRef> came_by;  // the invite that brought `access`
  // While `reach` has the onion service's key that came with `invite`: the one of `access`.
  std::optional<crypto::X25519SecretKey> access_onion_client = std::nullopt;
  std::optional<crypto::SymmetricKey> record_secret;
  // Hosted rooms that relays hold or have held: what the keys of their slots are derived from.
  std::optional<crypto::SymmetricKey> slot_seed = std::nullopt;
};

class Rooms {
 public:
  explicit Rooms(Database& database) : database_(database) {}

  // Inserts or replaces the row of this id.  Errc::name_taken by another room.
  Result<void> put(const RoomRow& row);
  Result<std::optional<RoomRow>> by_id(const RoomId& id);
  Result<std::optional<RoomRow>> by_name(const std::string& name);
  Result<std::vector<RoomRow>> all();     // in the order of being added
  Result<void> remove(const RoomId& id);  // with its members, invites, messages and outbox

 private:
  Database& database_;
};

}  // namespace sotto::store
