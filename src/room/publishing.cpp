#include "room/publishing.h"

#include <algorithm>
#include <set>

#include "store/invites.h"
#include "store/members.h"
#include "store/records.h"

namespace sotto::room {
namespace {

struct Sorted {
  std::vector<Bearer> live;
  std::vector<Bearer> former;
};

bool is_done(const store::InviteRow& invite, WallTime now) {
  return invite.revoked || invite.spent >= invite.uses ||
         (invite.expires && now >= *invite.expires);
}

Result<Sorted> sort_bearers(store::Database& database, const RoomId& room, WallTime now) {
  Sorted out;
  auto members = store::Members(database).of(room);
  if (!members) return pass(members);
  // A Welcome may have been lost: then all that its member has is still the invite.
  std::set<InviteId> needed;
  for (store::MemberRow& member : *members) {
    const bool may = !member.removed && !member.blocked;
    if (may && !member.access_used) needed.insert(member.invite);
    auto& list = may ? out.live : out.former;
    list.push_back({member.tag, std::move(member.record_secret)});
  }
  auto invites = store::Invites(database).of(room);
  if (!invites) return pass(invites);
  for (store::InviteRow& invite : *invites) {
    const bool lives = !is_done(invite, now) || (!invite.revoked && needed.contains(invite.id));
    auto& list = lives ? out.live : out.former;
    list.push_back({invite.id, std::move(invite.record_secret)});
  }
  return out;
}

// What was published last under a secret.
Result<std::optional<wire::RendezvousRecord>> last_record(store::Database& database,
                                                          const crypto::SymmetricKey& secret) {
  const auto row = store::Records(database).find(secret);
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto record = wire::decode_record((*row)->record);
  if (!record) return pass(record);
  return std::optional(std::move(*record));
}

std::vector<std::uint32_t> to_vector(const std::array<std::uint32_t, 2>& days) {
  return {days.begin(), days.end()};
}

}  // namespace

Result<std::vector<Bearer>> bearers(store::Database& database, const RoomId& room,
                                    WallTime now) {
  auto sorted = sort_bearers(database, room, now);
  if (!sorted) return pass(sorted);
  return std::move(sorted->live);
}

Result<std::vector<rendezvous::Posting>> former_bearers(store::Database& database,
                                                        const RoomId& room, WallTime now) {
  auto sorted = sort_bearers(database, room, now);
  if (!sorted) return pass(sorted);
  std::vector<rendezvous::Posting> out;
  for (Bearer& bearer : sorted->former) {
    auto record = last_record(database, bearer.secret);
    if (!record) return pass(record);
    if (!*record) continue;
    out.push_back({bearer.ref, std::move(bearer.secret), std::move(**record)});
  }
  return out;
}

Result<std::vector<rendezvous::Posting>> issue(store::Database& database,
                                               const std::vector<Bearer>& bearers,
                                               const rendezvous::Whereabouts& ways,
                                               WallTime now) {
  store::Records records(database);
  std::vector<rendezvous::Posting> out;
  for (const Bearer& bearer : bearers) {
    auto last = last_record(database, bearer.secret);
    if (!last) return pass(last);
    rendezvous::Posting posting{bearer.ref, bearer.secret.copy(), {}};
    if (*last) posting.old_days = to_vector(rendezvous::days_of(**last));
    if (*last && rendezvous::stands(**last, ways, now)) {
      posting.record = std::move(**last);
    } else {
      posting.record = rendezvous::renewed(*last ? (*last)->seq : 0, ways, now);
      // Its signature is made when it is published.
      const auto kept = records.put({bearer.secret.copy(), posting.record.seq,
                                     posting.record.expires, wire::encode(posting.record)});
      if (!kept) return std::unexpected(kept.error());
    }
    // Only those whose keys it has no more.
    const auto days = rendezvous::days_of(posting.record);
    std::erase_if(posting.old_days, [&](std::uint32_t day) {
      return std::ranges::find(days, day) != days.end();
    });
    out.push_back(std::move(posting));
  }
  return out;
}

rendezvous::Whereabouts whereabouts_of(const wire::Reach& reach,
                                       const std::vector<wire::DirectAddress>& advertised) {
  rendezvous::Whereabouts ways;
  if (!reach.tor_only) {
    for (const wire::DirectAddress& address : reach.direct) {
      const bool manual = std::ranges::find(advertised, address) != advertised.end();
      ways.direct.push_back(
          {address, manual ? wire::AddressSource::manual : wire::AddressSource::interface});
    }
  }
  if (reach.onion) {
    ways.onion = reach.onion->address;
    ways.onion_port = reach.onion->port;
  }
  ways.relays = reach.relays;
  return ways;
}

}  // namespace sotto::room
