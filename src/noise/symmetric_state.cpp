#include "noise/symmetric_state.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace sotto::noise {
namespace {

constexpr std::size_t hash_bytes = 64;  // HASHLEN

// HKDF(chaining_key, input_key_material, Outputs) of section 4.3, all outputs in one Secret.
template <std::size_t Outputs>
Secret hkdf(ByteView chaining_key, ByteView input_key_material) {
  static_assert(Outputs >= 1 && Outputs <= 3);
  Secret temp_key(hash_bytes);
  crypto::hmac_blake2b(chaining_key, {input_key_material}, temp_key.mutable_view());
  Secret out(Outputs * hash_bytes);
  ByteView previous;
  for (std::size_t i = 0; i < Outputs; ++i) {
    const std::array counter{static_cast<std::byte>(i + 1)};
    const MutableBytes output = out.mutable_view().subspan(i * hash_bytes, hash_bytes);
    crypto::hmac_blake2b(temp_key.view(), {previous, counter}, output);
    previous = output;
  }
  return out;
}

ByteView output(const Secret& outputs, std::size_t index) {
  return outputs.view().subspan(index * hash_bytes, hash_bytes);
}

// Section 5.2: HASHLEN is 64, so an output becomes a key by keeping its first 32 bytes.
crypto::SymmetricKey as_key(ByteView bytes) {
  return *crypto::SymmetricKey::from(bytes.first(crypto::SymmetricKey::size));
}

}  // namespace

SymmetricState::SymmetricState(std::string_view protocol_name) : h_{} {
  const ByteView name = as_bytes(protocol_name);
  if (name.size() <= hash_bytes) {
    std::ranges::copy(name, h_.begin());
  } else {
    h_ = crypto::blake2b_512({name});
  }
  ck_ = Secret(h_);
}

void SymmetricState::mix_key(ByteView input_key_material) {
  const Secret outputs = hkdf<2>(ck_.view(), input_key_material);
  ck_ = Secret(output(outputs, 0));
  cipher_ = CipherState(as_key(output(outputs, 1)));
}

void SymmetricState::mix_hash(ByteView data) {
  h_ = crypto::blake2b_512({h_, data});
}

void SymmetricState::mix_key_and_hash(ByteView input_key_material) {
  const Secret outputs = hkdf<3>(ck_.view(), input_key_material);
  ck_ = Secret(output(outputs, 0));
  mix_hash(output(outputs, 1));
  cipher_ = CipherState(as_key(output(outputs, 2)));
}

Result<void> SymmetricState::encrypt_and_hash(ByteView plaintext, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + plaintext.size() + (has_key() ? tag_bytes : 0));
  const MutableBytes ciphertext = MutableBytes(out).subspan(start);
  auto length = cipher_.encrypt_with_ad(h_, plaintext, ciphertext);
  if (!length) return pass(length);
  mix_hash(ciphertext);
  return {};
}

Result<Bytes> SymmetricState::decrypt_and_hash(ByteView ciphertext) {
  Bytes plaintext(ciphertext.size());
  auto length = cipher_.decrypt_with_ad(h_, ciphertext, plaintext);
  if (!length) return pass(length);
  plaintext.resize(*length);
  mix_hash(ciphertext);
  return plaintext;
}

std::pair<CipherState, CipherState> SymmetricState::split() const {
  const Secret outputs = hkdf<2>(ck_.view(), {});
  return {CipherState(as_key(output(outputs, 0))), CipherState(as_key(output(outputs, 1)))};
}

crypto::SymmetricKey SymmetricState::export_key(std::string_view label) const {
  assert(!label.empty());  // an empty one would be split()'s first key
  return as_key(hkdf<1>(ck_.view(), as_bytes(label)).view());
}

}  // namespace sotto::noise
