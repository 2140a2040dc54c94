// The profile's own keys and name: one row.
#pragma once
#include <optional>
#include <string>

#include "crypto/card.h"
#include "store/database.h"

namespace sotto::store {

struct OwnIdentity {
  crypto::Identity keys;
  std::string name;
};

class Identities {
 public:
  explicit Identities(Database& database) : database_(database) {}
  // Nothing in a new store; damaged when it is missing from one that has contacts or rooms.
  Result<std::optional<OwnIdentity>> load();
  Result<void> save(const OwnIdentity& identity);  // inserts or replaces

 private:
  Database& database_;
};

}  // namespace sotto::store
