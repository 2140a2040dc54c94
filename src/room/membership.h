// Members on their way out: a host removes one, or notes when it last heard of one.
#pragma once
#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::room {

// Ends a membership: what `who` has to come in by is void, except for an invite that is made
// from now on, and nothing waits for them any more.  False when they are no member.
Result<bool> remove_member(store::Database& database, const RoomId& room,
                           const crypto::Ed25519PublicKey& who);

// A link of this member has ended.  No harm when they are no member.
Result<void> note_last_seen(store::Database& database, const RoomId& room,
                            const crypto::Ed25519PublicKey& who, WallTime now);

// A contact is blocked or no more: in rooms of ours nothing is said to them meanwhile, and what
// waited for them does so no more.
Result<void> set_blocked(store::Database& database, const crypto::Ed25519PublicKey& who,
                         bool blocked);

}  // namespace sotto::room
