#include "room/following.h"

#include <algorithm>

#include "store/records.h"
#include "store/rooms.h"

namespace sotto::room {
namespace {

// What `record` says, as far as it may be gone by; nothing when that is no way at all.
std::optional<wire::Reach> reach_by(const wire::RendezvousRecord& record, wire::Reach before,
                                    bool tor_only) {
  wire::Reach reach;
  reach.tor_only = before.tor_only;
  if (!tor_only) {
    for (const wire::RecordAddress& direct : record.direct) {
      reach.direct.push_back(direct.address);
    }
  }
  if (!record.onion.empty()) {
    reach.onion = wire::OnionAddress{record.onion, record.onion_port, std::nullopt};
    if (before.onion) reach.onion->client_auth_key = std::move(before.onion->client_auth_key);
  }
  reach.relays = record.relays;
  if (reach.direct.empty() && !reach.onion && reach.relays.empty()) return std::nullopt;
  return reach;
}

}  // namespace

Result<std::optional<rendezvous::Search>> search_for(store::Database& database,
                                                     const RoomId& room, WallTime now) {
  auto row = store::Rooms(database).by_id(room);
  if (!row) return pass(row);
  if (!*row || (*row)->hosted || !(*row)->record_secret) return std::nullopt;
  const auto last = store::Records(database).find(*(*row)->record_secret);
  if (!last) return std::unexpected(last.error());
  return rendezvous::Search((*row)->host, std::move(*(*row)->record_secret),
                            *last ? (*last)->seq : 0, now);
}

Result<std::optional<Secret>> follow(store::Database& database, const RoomId& room,
                                     const wire::RendezvousRecord& record) {
  store::Rooms rooms(database);
  auto row = rooms.by_id(room);
  if (!row) return pass(row);
  if (!*row || !(*row)->record_secret) return std::nullopt;
  const auto stands = store::Records(database).put(
      {(*row)->record_secret->copy(), record.seq, record.expires, wire::encode(record)});
  if (!stands) return std::unexpected(stands.error());
  if (!*stands) {
    return fail(rendezvous::Errc::rolled_back,
                "The published record is older than one already seen, so it was not used.");
  }
  auto before = wire::decode_reach((*row)->reach.view());
  if (!before) return pass(before);
  const auto reach = reach_by(record, std::move(*before), (*row)->tor_only);
  if (!reach) return std::nullopt;
  Secret encoded = wire::encode(*reach);
  if (std::ranges::equal(encoded.view(), (*row)->reach.view())) return std::nullopt;
  (*row)->reach = encoded.copy();
  if (auto put = rooms.put(**row); !put) return pass(put);
  return std::optional(std::move(encoded));
}

}  // namespace sotto::room
