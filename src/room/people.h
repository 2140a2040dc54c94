// Meeting people: a card becomes a contact, and a known identity that comes with other keys is
// refused (docs/protocol.md section 1, "changed key").
#pragma once
#include "crypto/card.h"
#include "store/contacts.h"
#include "wire/card.h"

namespace sotto::room {

// The contact of this card, made if it is new (under a free name).  Errc::key_changed when the
// identity is known under other keys; nothing is changed then.
Result<store::ContactRow> meet(store::Database& database, const crypto::Card& card,
                               WallTime now);

}  // namespace sotto::room
