#include "crypto/hash.h"

#include <cassert>
#include <memory>
#include <new>

#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

using State = crypto_generichash_blake2b_state;

// One BLAKE2b computation whose state is wiped, for what may hold keys.
class Hasher {
 public:
  explicit Hasher(std::size_t digest_bytes, ByteView key = {}) {
    crypto_generichash_blake2b_init(&state_, raw(key), key.size(), digest_bytes);
  }
  ~Hasher() { sodium_memzero(&state_, sizeof state_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void update(ByteView bytes) {
    crypto_generichash_blake2b_update(&state_, raw(bytes), bytes.size());
  }
  void update(std::initializer_list<ByteView> parts) {
    for (const ByteView part : parts) update(part);
  }
  void finish(MutableBytes out) {
    crypto_generichash_blake2b_final(&state_, raw(out), out.size());
  }

 private:
  State state_;
};

template <std::size_t N>
std::array<std::byte, N> hash(std::initializer_list<ByteView> parts) {
  std::array<std::byte, N> out;
  Hasher hasher(N);
  hasher.update(parts);
  hasher.finish(out);
  return out;
}

State* state_in(std::array<std::byte, 384>& storage) {
  static_assert(sizeof(State) == sizeof storage);
  return std::launder(reinterpret_cast<State*>(storage.data()));
}

}  // namespace

Hash64 blake2b_512(std::initializer_list<ByteView> parts) {
  return hash<64>(parts);
}

Hash32 blake2b_256(std::initializer_list<ByteView> parts) {
  return hash<32>(parts);
}

Blake2b::Blake2b(std::size_t digest_bytes) : digest_bytes_(digest_bytes) {
  assert(digest_bytes >= 1 && digest_bytes <= 64);
  new (state_.data()) State;
  crypto_generichash_blake2b_init(state_in(state_), nullptr, 0, digest_bytes_);
}

void Blake2b::update(ByteView bytes) {
  crypto_generichash_blake2b_update(state_in(state_), raw(bytes), bytes.size());
}

Bytes Blake2b::finish() {
  Bytes out(digest_bytes_);
  crypto_generichash_blake2b_final(state_in(state_), raw(MutableBytes(out)), out.size());
  return out;
}

// H((key ^ opad) | H((key ^ ipad) | parts)), RFC 2104.
void hmac_blake2b(ByteView key, std::initializer_list<ByteView> parts, MutableBytes out64) {
  constexpr std::size_t block_bytes = 128;
  assert(out64.size() == 64);
  std::array<std::byte, block_bytes> block{};
  if (key.size() > block_bytes) {
    Hasher shortened(64);
    shortened.update(key);
    shortened.finish(MutableBytes(block).first(64));
  } else {
    std::ranges::copy(key, block.begin());
  }
  std::array<std::byte, 64> inner_hash;

  for (std::byte& b : block) b ^= std::byte{0x36};
  Hasher inner(64);
  inner.update(block);
  inner.update(parts);
  inner.finish(inner_hash);

  for (std::byte& b : block) b ^= std::byte{0x36} ^ std::byte{0x5c};
  Hasher outer(64);
  outer.update({block, inner_hash});
  outer.finish(out64);

  wipe(block);
  wipe(inner_hash);
}

SymmetricKey derive_key(const SymmetricKey& key, std::string_view label, ByteView context) {
  SymmetricKey out;
  derive_bytes(key, label, context, out.mutable_view());
  return out;
}

void derive_bytes(const SymmetricKey& key, std::string_view label, ByteView context,
                  MutableBytes out) {
  assert(!label.empty() && label.size() <= 255);
  assert(!out.empty() && out.size() <= 64);
  const std::array length{static_cast<std::byte>(label.size())};
  Hasher hasher(out.size(), key.view());
  hasher.update({length, as_bytes(label), context});
  hasher.finish(out);
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() &&
         (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace sotto::crypto
