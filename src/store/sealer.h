// What makes the store unreadable: sealed values and blind indices (database.h says why).
//
//   sealed value:  nonce (24) | XChaCha20-Poly1305 under the key of its room, or, where it
//                  belongs to none, derive_key(store key, "sotto store seal 1", database id)
//   its AD:        "sotto row 1" | database id (16) | table | row key | column,
//                  the last three behind their length (1)
//   blind index:   16 bytes of derive_bytes(index key, "table.column", value)
//
// Where the keys come from and how they are destroyed: key_ring.h.
//
// For store/ only.
#pragma once
#include <array>
#include <string_view>

#include "base/fixed_bytes.h"
#include "crypto/aead.h"
#include "crypto/keys.h"

namespace sotto::store {

using DatabaseId = FixedBytes<struct DatabaseIdTag, 16>;
using BlindIndex = FixedBytes<struct BlindIndexTag, 16>;

// Where a sealed value stands.  Each part is at most 255 bytes, the three together 128.
struct Place {
  std::string_view table;
  ByteView row_key;
  std::string_view column;
};

class Sealer {
 public:
  // `entropy` must outlive it.
  Sealer(const crypto::SymmetricKey& store_key, crypto::SymmetricKey index_key,
         const DatabaseId& database, Entropy& entropy);

  static constexpr std::size_t overhead = 40;  // bytes: nonce and tag

  Bytes seal(const Place& place, ByteView plaintext) {
    return seal(seal_key_, place, plaintext);
  }
  Bytes seal(const crypto::SymmetricKey& key, const Place& place, ByteView plaintext);
  // Writes sealed.size() - overhead bytes to `out` (which must be that long).  False, with
  // `out` zero, when the value is not what was sealed at this place; `sealed` must be at least
  // `overhead` long.
  [[nodiscard]] bool open(const Place& place, ByteView sealed, MutableBytes out) const {
    return open(seal_key_, place, sealed, out);
  }
  [[nodiscard]] bool open(const crypto::SymmetricKey& key, const Place& place, ByteView sealed,
                          MutableBytes out) const;

  // `column` is "table.column": each has a key of its own.
  BlindIndex index(std::string_view column, ByteView value) const;
  const crypto::SymmetricKey& index_key() const { return index_key_; }

  // From now on values are sealed under another store key.
  void set_store_key(const crypto::SymmetricKey& store_key);

 private:
  crypto::Nonce24 next_nonce();

  crypto::SymmetricKey seal_key_;
  crypto::SymmetricKey index_key_;
  DatabaseId database_;
  Entropy& entropy_;

  // Drawn ahead, since asking the kernel for each costs as much as sealing a short row.  A
  // process that forks must not go on using its parent's Sealer (nor may it, for SQLite).
  std::array<crypto::Nonce24, 32> nonces_;
  std::size_t nonces_used_ = nonces_.size();
};

// Remembers blind indices that are asked for again and again: a batch of messages is about few
// rooms and recipients.  For values of no secrecy inside the process only.
class IndexMemo {
 public:
  // `value` is 1 to 32 random bytes, always as many.
  BlindIndex index(const Sealer& sealer, std::string_view column, ByteView value);

 private:
  struct Slot {
    std::array<std::byte, 32> value;
    BlindIndex index;
    bool used = false;
  };
  std::array<Slot, 64> slots_{};
};

}  // namespace sotto::store
