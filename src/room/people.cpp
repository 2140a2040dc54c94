#include "room/people.h"

#include "base/text.h"
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
                  "The keys of " + displayable((*known)->name) +
                      " have changed since you met: the fingerprint was " +
                      crypto::to_string((*known)->fingerprint) + " and is now " +
                      crypto::to_string(fingerprint) +
                      ". Nothing was changed. Compare it over another channel: if it is really "
                      "theirs, `sotto contacts remove` the old one, then try again; else "
                      "somebody is pretending.");
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
