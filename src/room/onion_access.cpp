#include "room/onion_access.h"

#include <algorithm>

#include "store/invites.h"
#include "store/members.h"

namespace sotto::room {

bool prepare_onion(store::RoomRow& room, Entropy& entropy) {
  const bool complete = room.onion_key && room.onion_spares.size() >= onion_spares_least;
  if (!room.onion_key) room.onion_key.emplace(entropy);
  if (room.onion_spares.size() < onion_spares_least) {
    while (room.onion_spares.size() < onion_spares_most) {
      room.onion_spares.emplace_back(entropy);
    }
  }
  return !complete;
}

crypto::X25519SecretKey take_onion_client(store::RoomRow& room, Entropy& entropy) {
  if (room.onion_spares.empty()) return crypto::X25519SecretKey(entropy);
  auto key = std::move(room.onion_spares.front());
  room.onion_spares.erase(room.onion_spares.begin());
  return key;
}

Result<std::vector<crypto::X25519PublicKey>> onion_clients(store::Database& database,
                                                           const store::RoomRow& room,
                                                           WallTime now) {
  const auto invites = store::Invites(database).of(room.id);
  if (!invites) return std::unexpected(invites.error());
  const auto members = store::Members(database).of(room.id);
  if (!members) return std::unexpected(members.error());
  std::vector<crypto::X25519PublicKey> keys;
  for (const auto& spare : room.onion_spares) {
    keys.push_back(crypto::X25519KeyPair::from(spare.copy()).public_key);
  }
  for (const auto& invite : *invites) {
    if (!invite.onion_client) continue;
    const bool usable = !invite.revoked && invite.spent < invite.uses &&
                        (!invite.expires || now < *invite.expires);
    const bool in_use = std::ranges::any_of(*members, [&](const store::MemberRow& member) {
      return member.invite == invite.id && !member.removed;
    });
    if (usable || in_use) keys.push_back(*invite.onion_client);
  }
  return keys;
}

}  // namespace sotto::room
