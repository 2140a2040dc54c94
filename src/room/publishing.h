// Which records a hosted room publishes (docs/protocol.md section 6): one for each invite that
// still lets somebody in and for each member, under the secrets that their bearers have.
// Synchronous, over the store.
#pragma once
#include <vector>

#include "rendezvous/postings.h"
#include "rendezvous/publishing.h"
#include "store/database.h"

namespace sotto::room {

struct Bearer {
  LinkRef ref;  // of the invite or the member
  crypto::SymmetricKey secret;
};

// Whose record is to be found at `now`.
Result<std::vector<Bearer>> bearers(store::Database& database, const RoomId& room,
                                    WallTime now);

// Those who have had a record, and are to have none any more: as it was published last.
Result<std::vector<rendezvous::Posting>> former_bearers(store::Database& database,
                                                        const RoomId& room, WallTime now);

// The records of these bearers, the ones of before where they stand, else new ones, which are
// kept from then on.
Result<std::vector<rendezvous::Posting>> issue(store::Database& database,
                                               const std::vector<Bearer>& bearers,
                                               const rendezvous::Whereabouts& ways,
                                               WallTime now);

// The way of a host to say where it is: `manual` for those of `advertised`.
rendezvous::Whereabouts whereabouts_of(const wire::Reach& reach,
                                       const std::vector<wire::DirectAddress>& advertised);

}  // namespace sotto::room
