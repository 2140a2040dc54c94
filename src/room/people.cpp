#include "room/people.h"

#include "room/errors.h"
#include "room/naming.h"

namespace sotto::room {

Result<store::ContactRow> meet(store::Database& database, const crypto::Card& card,
                               WallTime now) {
  store::Contacts contacts(database);
  auto known = contacts.by_identity(card.identity_pk);
  if (!known) return pass(known);
  const crypto::Fingerprint fingerprint = crypto::fingerprint(card);
  if (*known) {
    // The fingerprint covers all three keys.
    if ((*known)->fingerprint != fingerprint) {
      return fail(Errc::key_changed,
                  "The keys of " + (*known)->name +
                      " have changed since you met: either they made a new profile, or someone "
                      "else is pretending. Compare fingerprints over another channel first.");
    }
    return std::move(**known);
  }
  auto name = free_name(database, card.name);
  if (!name) return pass(name);
  store::ContactRow row{
      fingerprint, card.identity_pk, wire::encode(card), std::move(*name), false, false, now};
  if (auto put = contacts.put(row); !put) return pass(put);
  return row;
}

}  // namespace sotto::room
