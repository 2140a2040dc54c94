#include "store/sealer.h"

#include <cassert>

#include "crypto/hash.h"

namespace sotto::store {
namespace {

// The associated data of one value, on the stack: every row that is written or read makes one.
class AssociatedData {
 public:
  AssociatedData(const DatabaseId& database, const Place& place) {
    put(as_bytes("sotto row 1"));
    put(database.view());
    put_with_length(as_bytes(place.table));
    put_with_length(place.row_key);
    put_with_length(as_bytes(place.column));
  }

  ByteView view() const { return ByteView(bytes_).first(used_); }

 private:
  void put(ByteView part) {
    assert(used_ + part.size() <= bytes_.size());
    std::ranges::copy(part, bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += part.size();
  }
  void put_with_length(ByteView part) {
    assert(part.size() <= 255);
    bytes_[used_++] = static_cast<std::byte>(part.size());
    put(part);
  }

  std::array<std::byte, 160> bytes_;
  std::size_t used_ = 0;
};

}  // namespace

Sealer::Sealer(const crypto::SymmetricKey& store_key, crypto::SymmetricKey index_key,
               const DatabaseId& database, Entropy& entropy)
    : index_key_(std::move(index_key)), database_(database), entropy_(entropy) {
  set_store_key(store_key);
}

void Sealer::set_store_key(const crypto::SymmetricKey& store_key) {
  seal_key_ = crypto::derive_key(store_key, "sotto store seal 1", database_.view());
}

crypto::Nonce24 Sealer::next_nonce() {
  if (nonces_used_ == nonces_.size()) {
    entropy_.fill(std::as_writable_bytes(std::span(nonces_)));
    nonces_used_ = 0;
  }
  return nonces_[nonces_used_++];
}

Bytes Sealer::seal(const crypto::SymmetricKey& key, const Place& place, ByteView plaintext) {
  const crypto::Nonce24 nonce = next_nonce();
  const AssociatedData ad(database_, place);
  static_assert(overhead == nonce.size() + crypto::tag_bytes);
  Bytes sealed(plaintext.size() + overhead);
  std::ranges::copy(nonce, sealed.begin());
  crypto::xchacha20poly1305_encrypt(key, nonce, ad.view(), plaintext,
                                    MutableBytes(sealed).subspan(nonce.size()));
  return sealed;
}

bool Sealer::open(const crypto::SymmetricKey& key, const Place& place, ByteView sealed,
                  MutableBytes out) const {
  assert(sealed.size() >= overhead && out.size() == sealed.size() - overhead);
  crypto::Nonce24 nonce;
  std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
  const AssociatedData ad(database_, place);
  return crypto::xchacha20poly1305_decrypt(key, nonce, ad.view(), sealed.subspan(nonce.size()),
                                           out)
      .has_value();
}

BlindIndex Sealer::index(std::string_view column, ByteView value) const {
  BlindIndex index;
  crypto::derive_bytes(index_key_, column, value, index.mutable_view());
  return index;
}

BlindIndex IndexMemo::index(const Sealer& sealer, std::string_view column, ByteView value) {
  Slot& slot = slots_[std::to_integer<std::size_t>(value[0]) % slots_.size()];
  const auto remembered = MutableBytes(slot.value).first(value.size());
  if (!slot.used || !std::ranges::equal(remembered, value)) {
    slot.index = sealer.index(column, value);
    std::ranges::copy(value, remembered.begin());
    slot.used = true;
  }
  return slot.index;
}

}  // namespace sotto::store
