// Rendezvous records this profile has published or accepted (docs/protocol.md section 6), one
// for each record secret: the newest only, so that an older one is never accepted again.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "crypto/keys.h"
#include "store/database.h"

namespace sotto::store {

struct RecordRow {
  crypto::SymmetricKey record_secret;  // what it is found by
  std::uint64_t seq = 0;
  WallTime expires;
  Bytes record;  // as wire/record.h encodes it
};

class Records {
 public:
  explicit Records(Database& database) : database_(database) {}

  // Keeps the row with the higher seq; true when `row` is the one that stands now.
  Result<bool> put(const RecordRow& row);
  Result<std::optional<RecordRow>> find(const crypto::SymmetricKey& record_secret);
  Result<void> remove(const crypto::SymmetricKey& record_secret);

 private:
  Database& database_;
};

}  // namespace sotto::store
