#include "crypto/cpace.h"

#include <cassert>
#include <string_view>

#include "crypto/hash.h"
#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view dsi = "CPaceRistretto255";  // G.DSI, section 8.3
constexpr std::string_view dsi_isk = "CPaceRistretto255_ISK";
constexpr std::size_t block_bytes = 128;           // H.s_in_bytes
constexpr std::byte scalar_top_bits{0b0000'1111};  // of byte 31: group_size_bits = 252
constexpr std::string_view psk_label = "sotto cpace 1";

// LEB128 (A.1.1): 7 bits a byte, the lowest first, bit 7 set while more follow.
Bytes leb128(std::size_t value) {
  Bytes out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
  return out;
}

std::size_t prepended_bytes(ByteView field) {
  return leb128(field.size()).size() + field.size();
}

// H over lv_cat() (A.1.3) of what is added; the state has seen secrets and is wiped.
class LvHash {
 public:
  LvHash() { crypto_hash_sha512_init(&state_); }
  ~LvHash() { sodium_memzero(&state_, sizeof state_); }
  LvHash(const LvHash&) = delete;
  LvHash& operator=(const LvHash&) = delete;

  void add(ByteView field) {
    update(leb128(field.size()));
    update(field);
  }
  void finish(MutableBytes out64) {
    assert(out64.size() == crypto_hash_sha512_BYTES);
    crypto_hash_sha512_final(&state_, raw(out64));
  }

 private:
  void update(ByteView bytes) { crypto_hash_sha512_update(&state_, raw(bytes), bytes.size()); }

  crypto_hash_sha512_state state_;
};

// G.calculate_generator.  The zeros fill the hash's first block, so that what it costs to hash
// a short password does not depend on how short.
Secret generator(const CpaceInputs& inputs) {
  const std::size_t used =
      1 + prepended_bytes(as_bytes(dsi)) + prepended_bytes(inputs.password);
  const Bytes zeros(used < block_bytes ? block_bytes - used : 0);
  LvHash hash;
  hash.add(as_bytes(dsi));
  hash.add(inputs.password);
  hash.add(zeros);
  hash.add(inputs.channel);
  hash.add(inputs.session_id);
  Secret digest(crypto_core_ristretto255_HASHBYTES);
  hash.finish(digest.mutable_view());

  Secret g(crypto_core_ristretto255_BYTES);
  crypto_core_ristretto255_from_hash(raw(g.mutable_view()), raw(digest.view()));
  return g;
}

// G.scalar_mult and G.scalar_mult_vfy: false stands for G.I, the neutral element, which is also
// what an `element` that does not decode gives.  libsodium before 1.0.19 does not look at bit
// 255, which no encoding has set (RFC 9496, section 4.3.1).
bool scalar_mult(ByteView scalar, ByteView element, MutableBytes out) {
  if ((element.back() & std::byte{0x80}) != std::byte{}) return false;
  return crypto_scalarmult_ristretto255(raw(out), raw(scalar), raw(element)) == 0;
}

}  // namespace

Cpace::Cpace(CpaceRole role, const CpaceInputs& inputs, Entropy& entropy)
    : role_(role),
      session_id_(to_bytes(inputs.session_id)),
      initiator_data_(to_bytes(inputs.initiator_data)),
      responder_data_(to_bytes(inputs.responder_data)),
      scalar_(entropy) {
  scalar_.mutable_view().back() &= scalar_top_bits;  // G.sample_scalar
  [[maybe_unused]] const bool useful =
      scalar_mult(scalar_.view(), generator(inputs).view(), share_.mutable_view());
  assert(useful && "the entropy gave a scalar of zero");
}

Result<CpaceKey> Cpace::finish(const CpaceShare& theirs) && {
  Secret k(crypto_scalarmult_ristretto255_BYTES);
  if (!scalar_mult(scalar_.view(), theirs.view(), k.mutable_view())) {
    return fail(Errc::bad_key,
                "The other side answered the password with a value that no honest program "
                "sends. Do not trust it: check the address.");
  }
  const bool initiator = role_ == CpaceRole::initiator;
  LvHash hash;
  hash.add(as_bytes(dsi_isk));
  hash.add(session_id_);
  hash.add(k.view());
  hash.add((initiator ? share_ : theirs).view());
  hash.add(initiator_data_);
  hash.add((initiator ? theirs : share_).view());
  hash.add(responder_data_);
  CpaceKey isk;
  hash.finish(isk.mutable_view());
  return isk;
}

SymmetricKey cpace_psk(const CpaceKey& isk) {
  Secret derived(64);
  hmac_blake2b(isk.view(), {as_bytes(psk_label)}, derived.mutable_view());
  return *SymmetricKey::from(derived.view().first(SymmetricKey::size));
}

}  // namespace sotto::crypto
