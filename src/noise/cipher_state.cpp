#include "noise/cipher_state.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "crypto/aead.h"

namespace sotto::noise {
namespace {

static_assert(tag_bytes == crypto::tag_bytes);

// Section 5.1: the greatest nonce is reserved for rekey().
constexpr std::uint64_t reserved_nonce = std::numeric_limits<std::uint64_t>::max();

// Section 12.3: 32 zero bits, then the counter in little-endian order.
crypto::Nonce12 encoded(std::uint64_t counter) {
  crypto::Nonce12 out{};
  for (std::size_t i = 4; i < out.size(); ++i, counter >>= 8) {
    out[i] = static_cast<std::byte>(counter);
  }
  return out;
}

// Without a key, bytes pass through; the two may be the same or overlap.
std::size_t copy_through(ByteView in, MutableBytes out) {
  assert(out.size() >= in.size());
  if (!in.empty()) std::memmove(out.data(), in.data(), in.size());
  return in.size();
}

std::unexpected<Error> exhausted() {
  return fail(Errc::nonce_exhausted,
              "This link has carried as many messages as its keys allow. Connect again.");
}

}  // namespace

CipherState::CipherState(crypto::SymmetricKey key) : key_(std::move(key)) {}

Result<std::size_t> CipherState::encrypt_with_ad(ByteView ad, ByteView plaintext,
                                                 MutableBytes out) {
  if (!has_key()) return copy_through(plaintext, out);
  if (nonce_ == reserved_nonce) return exhausted();
  crypto::chacha20poly1305_encrypt(*key_, encoded(nonce_), ad, plaintext, out);
  ++nonce_;
  return plaintext.size() + tag_bytes;
}

Result<std::size_t> CipherState::decrypt_with_ad(ByteView ad, ByteView ciphertext,
                                                 MutableBytes out) {
  if (!has_key()) return copy_through(ciphertext, out);
  if (ciphertext.size() < tag_bytes || ciphertext.size() > message_limit) {
    return fail(Errc::message_length,
                "A message on this link is too short or too long to be one of ours. Connect "
                "again; if it happens every time, the other side speaks something else.");
  }
  if (nonce_ == reserved_nonce) return exhausted();
  if (!crypto::chacha20poly1305_decrypt(*key_, encoded(nonce_), ad, ciphertext, out)) {
    return fail(Errc::decryption,
                "A message on this link was changed on the way, or the other side holds other "
                "keys. Connect again; if it happens every time, somebody may be interfering.");
  }
  ++nonce_;
  return ciphertext.size() - tag_bytes;
}

// REKEY(k): the first 32 bytes of ENCRYPT(k, 2^64 - 1, empty, 32 zeros).
void CipherState::rekey() {
  assert(has_key());
  std::array<std::byte, crypto::SymmetricKey::size + tag_bytes> block{};
  crypto::chacha20poly1305_encrypt(*key_, encoded(reserved_nonce), {},
                                   ByteView(block).first(crypto::SymmetricKey::size), block);
  std::ranges::copy(ByteView(block).first(crypto::SymmetricKey::size),
                    key_->mutable_view().begin());
  wipe(block);
}

}  // namespace sotto::noise
