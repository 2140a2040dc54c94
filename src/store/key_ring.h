// The keys of one open store, and how they are replaced so that what they sealed is lost.
//
//   profile key  opens HOME/sotto.key, which holds the
//   store key    (meta names it by its id), which seals every row that belongs to no room, the
//   index key    (row of meta, for blind indices) and the
//   room keys    (table room_keys), which seal the messages and outbox of one room each
//
// Forgetting a room destroys its key, its rows, and the store key: everything else that the
// store key sealed is sealed anew, so that neither free pages nor an old copy of the database
// opens any more.  Replacing the store key survives a crash at any moment:
//   1. sotto.key holds the old and the new;   2. one transaction seals all anew and names the
//   new one;   3. sotto.key holds the new one alone (at the latest when the store is opened).
//
// Other processes may do the same meanwhile: refresh() follows them.  For store/ only.
#pragma once
#include <map>
#include <optional>

#include "store/sealer.h"
#include "store/store_key_file.h"

namespace sotto::store {

class Connection;

class KeyRing {
 public:
  // `connection` (whose member it is) and `entropy` must outlive it.
  KeyRing(Connection& connection, StoreKeyFile file, Entropy& entropy)
      : connection_(connection), file_(std::move(file)), entropy_(entropy) {}

  // Draws the keys of a new store; inside the transaction that makes it.
  Result<void> create();
  // Reads the keys of the store that is there.  damaged (also when they are another's).
  Result<void> load();
  // Follows what another process, or a transaction that came to nothing, did to the keys.
  Result<void> refresh();
  // A transaction was rolled back: keys that it drew must not be used.
  void roll_back();
  // After that, until refresh(): values may neither be sealed nor opened.
  bool is_stale() const { return stale_; }

  Sealer& sealer() { return *sealer_; }
  const Sealer& sealer() const { return *sealer_; }

  // The key of the room with this index, as long as no transaction ends.  damaged when the room
  // has none; store.gone when there is no such room to make one for.
  Result<const crypto::SymmetricKey*> of_room(const BlindIndex& room);
  Result<const crypto::SymmetricKey*> of_room_or_new(const BlindIndex& room);
  // Drops a room's key and draws another; inside a transaction that seals its rows anew.
  Result<const crypto::SymmetricKey*> replace_room_key(const BlindIndex& room);

  // Takes over another store's index key, so that its blind indices can be: of a restored
  // store, before its first row; inside a transaction.
  Result<void> adopt_index_key(crypto::SymmetricKey key);

  // Steps 1 and 2; inside a transaction.
  Result<void> replace_store_key();
  // Step 3; inside a transaction of its own.  Nothing to do is no error.
  Result<void> drop_old_store_keys();
  bool has_old_store_keys() const { return file_keys_ > 1; }
  const crypto::SymmetricKey& profile_key() const { return file_.profile_key(); }

 private:
  Result<void> use(const DatabaseId& database, const StoreKey& key);
  Result<void> insert_room_key(const BlindIndex& room, const crypto::SymmetricKey& key);
  Result<void> reseal_all(const crypto::SymmetricKey& store_key);

  Connection& connection_;
  StoreKeyFile file_;
  Entropy& entropy_;
  crypto::SymmetricKey store_key_;
  StoreKeyId current_;
  std::size_t file_keys_ = 0;  // that sotto.key held when it was last read
  bool replacing_ = false;     // between steps 1 and 3
  bool stale_ = false;         // current_ is a key that was rolled back
  std::optional<Sealer> sealer_;
  std::map<BlindIndex, crypto::SymmetricKey> rooms_;
};

}  // namespace sotto::store
