// The key of a store, in a file of its own beside the database: whoever has the profile key and
// an old copy of the database, but not the file of that time, can read nothing in it.
//
//   HOME/sotto.key   a sealed file (docs/protocol.md section 2, kind 4) under the profile key:
//                    count (1) | count x { id (8) | key (32) }
//
// There is one key, and two while the store goes over from one to the other (key_ring.h).
// For store/ only.
#pragma once
#include <filesystem>
#include <span>
#include <vector>

#include "base/entropy.h"
#include "base/fixed_bytes.h"
#include "crypto/keys.h"
#include "store/errors.h"

namespace sotto::store {

using StoreKeyId = FixedBytes<struct StoreKeyIdTag, 8>;

struct StoreKey {
  StoreKeyId id;
  crypto::SymmetricKey key;
  static StoreKey generate(Entropy& entropy);
  StoreKey copy() const { return {id, key.copy()}; }
};

class StoreKeyFile {
 public:
  // Of the database `database`.  `entropy` must outlive it.
  StoreKeyFile(const std::filesystem::path& database, crypto::SymmetricKey profile_key,
               Entropy& entropy);

  // Empty when there is no file.  damaged (also for another profile's key), read_only, io.
  Result<std::vector<StoreKey>> read() const;
  // Replaces the file, whole or not at all, and overwrites what it held.  One process at a
  // time: the caller is in a transaction that writes.  full, read_only, io.
  Result<void> write(std::span<const StoreKey> keys) const;

  const crypto::SymmetricKey& profile_key() const { return profile_key_; }
  std::string shown() const;  // its path, fit for messages

 private:
  std::filesystem::path path_;
  crypto::SymmetricKey profile_key_;
  Entropy& entropy_;
};

}  // namespace sotto::store
