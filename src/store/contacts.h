// People this profile has met: their card, our name for them, whether they are verified.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/card.h"
#include "store/database.h"

namespace sotto::store {

struct ContactRow {
  crypto::Fingerprint fingerprint;
  crypto::Ed25519PublicKey identity_pk;
  Bytes card;        // as wire/card.h encodes it
  std::string name;  // ours for them, unique among contacts
  bool verified = false;
  bool blocked = false;
  WallTime added;
  bool tor_only = false;  // rooms of theirs are reached through Tor alone (protocol.md 8)
};

class Contacts {
 public:
  explicit Contacts(Database& database) : database_(database) {}

  // Inserts or replaces the row of this identity_pk.  Errc::name_taken by another contact.
  Result<void> put(const ContactRow& row);
  Result<std::optional<ContactRow>> by_identity(const crypto::Ed25519PublicKey& identity_pk);
  Result<std::optional<ContactRow>> by_fingerprint(const crypto::Fingerprint& fingerprint);
  Result<std::optional<ContactRow>> by_name(const std::string& name);
  Result<std::vector<ContactRow>> all();  // in the order of being added
  Result<void> remove(const crypto::Fingerprint& fingerprint);

 private:
  Database& database_;
};

}  // namespace sotto::store
