#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "paths.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::hex_of;

template <class NonceType>
struct Aead {
  void (*encrypt)(const SymmetricKey&, const NonceType&, ByteView, ByteView, MutableBytes);
  Result<void> (*decrypt)(const SymmetricKey&, const NonceType&, ByteView, ByteView,
                          MutableBytes);
};

constexpr Aead<Nonce12> chacha{chacha20poly1305_encrypt, chacha20poly1305_decrypt};
constexpr Aead<Nonce24> xchacha{xchacha20poly1305_encrypt, xchacha20poly1305_decrypt};

template <class NonceType>
NonceType nonce_from(ByteView bytes) {
  NonceType out;
  std::ranges::copy(bytes, out.begin());
  return out;
}

template <class NonceType>
void run_one(const Aead<NonceType>& aead, const Json& vector) {
  const auto key = *SymmetricKey::from(hex_of(vector, "key"));
  const auto nonce = nonce_from<NonceType>(hex_of(vector, "iv"));
  const Bytes ad = hex_of(vector, "aad");
  const Bytes message = hex_of(vector, "msg");
  Bytes sealed = hex_of(vector, "ct");
  append(sealed, hex_of(vector, "tag"));

  Bytes opened(message.size(), std::byte{0xee});
  const auto result = aead.decrypt(key, nonce, ad, sealed, opened);
  if (test::text_of(vector, "result") == "invalid") {
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().is(Errc::decryption));
    EXPECT_TRUE(test::all_zero(opened));
    return;
  }
  ASSERT_TRUE(result);
  EXPECT_EQ(opened, message);
  Bytes again(message.size() + tag_bytes);
  aead.encrypt(key, nonce, ad, message, again);
  EXPECT_EQ(again, sealed);
}

// Returns how many were run.  Nonces of other lengths do not fit our types: the compiler
// refuses them, so those vectors must all be ones that are to be refused.
template <class NonceType>
int run_all(const Aead<NonceType>& aead, const Json& file) {
  int run = 0;
  for (const Json& group : test::array_of(file, "testGroups")) {
    for (const Json& vector : test::array_of(group, "tests")) {
      SCOPED_TRACE(vector.find("tcId")->dump());
      if (*group.find("ivSize")->integer() != std::int64_t{sizeof(NonceType) * 8}) {
        EXPECT_EQ(test::text_of(vector, "result"), "invalid");
        continue;
      }
      run_one(aead, vector);
      ++run;
    }
  }
  return run;
}

TEST(AeadVectors, ChaCha20Poly1305PassesWycheproof) {
  const auto file = test::read_json(SOTTO_VECTORS "/wycheproof-chacha20_poly1305_test.json");
  if (!file) GTEST_SKIP() << "Wycheproof's ChaCha20-Poly1305 vectors are not here";
  EXPECT_GE(run_all(chacha, *file), 316);
}

TEST(AeadVectors, XChaCha20Poly1305PassesWycheproof) {
  const auto file = test::read_json(SOTTO_VECTORS "/wycheproof-xchacha20_poly1305_test.json");
  if (!file) GTEST_SKIP() << "Wycheproof's XChaCha20-Poly1305 vectors are not here";
  EXPECT_GE(run_all(xchacha, *file), 306);
}

template <class NonceType>
void check_in_place_and_flips(const Aead<NonceType>& aead) {
  SeededEntropy entropy(1);
  const SymmetricKey key(entropy);
  const auto nonce = nonce_from<NonceType>(entropy.bytes<sizeof(NonceType)>());
  const Bytes ad = to_bytes("header");
  const Bytes plaintext = to_bytes("attack at dawn, not at dusk");

  Bytes buffer = plaintext;
  buffer.resize(plaintext.size() + tag_bytes);
  aead.encrypt(key, nonce, ad, ByteView(buffer).first(plaintext.size()), buffer);
  const Bytes sealed = buffer;
  ASSERT_TRUE(aead.decrypt(key, nonce, ad, buffer, buffer));
  buffer.resize(plaintext.size());
  EXPECT_EQ(buffer, plaintext);

  for (std::size_t at = 0; at < sealed.size(); ++at) {
    Bytes changed = test::flipped(sealed, at, at % 8);
    EXPECT_FALSE(aead.decrypt(key, nonce, ad, changed, changed));
    EXPECT_TRUE(test::all_zero(ByteView(changed).first(plaintext.size())));
  }
  Bytes out(sealed.size());
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(aead.decrypt(key, nonce, ad, ByteView(sealed).first(length), out));
  }
  EXPECT_FALSE(aead.decrypt(key, nonce, as_bytes("Header"), sealed, out));
}

TEST(Aead, WorksInPlaceAndNoticesEveryFlippedBit) {
  check_in_place_and_flips(chacha);
  check_in_place_and_flips(xchacha);
}

}  // namespace
}  // namespace sotto::crypto
