// Commands that only look: `sotto id`.
#include "node/queries.h"

#include "node/commands.h"
#include "node/connection_files.h"

namespace sotto::node {
FileProtection FileProtection::copy() const {
  FileProtection out;
  if (passphrase) out.passphrase = passphrase->copy();
  out.for_cards = for_cards;
  out.unsealed = unsealed;
  return out;
}

OwnCard own_card(const Profile& profile) {
  return {profile.name(), crypto::to_string(crypto::fingerprint(profile.card())),
          card_text(profile.card())};
}

Result<OwnCard> identify(Profile& profile, const NoRequest&) {
  return own_card(profile);
}

Result<OwnCard> own_card(Access& access) {
  return access.ask<OwnCard, NoRequest, identify>("id", {});
}

}  // namespace sotto::node
