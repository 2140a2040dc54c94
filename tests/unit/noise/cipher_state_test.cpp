#include "noise/cipher_state.h"

#include <gtest/gtest.h>
#include <limits>
#include <set>

#include "crypto/aead.h"
#include "unit/crypto/testing.h"

namespace sotto::noise {
namespace {

constexpr auto last_nonce = std::numeric_limits<std::uint64_t>::max();

class CipherStates : public testing::Test {
 protected:
  Bytes seal(std::string_view text) {
    Bytes out(text.size() + tag_bytes);
    const auto length = sender_.encrypt_with_ad(ad_, as_bytes(text), out);
    if (!length) throw std::runtime_error(length.error().text());
    EXPECT_EQ(*length, out.size());
    return out;
  }
  Result<std::string> open(ByteView sealed) {
    Bytes out(sealed.size());
    auto length = receiver_.decrypt_with_ad(ad_, sealed, out);
    if (!length) return pass(length);
    return to_string(ByteView(out).first(*length));
  }

  SeededEntropy entropy_{11};
  crypto::SymmetricKey key_{entropy_};
  Bytes ad_ = to_bytes("ad");
  CipherState sender_{key_.copy()};
  CipherState receiver_{key_.copy()};
};

TEST_F(CipherStates, CountTheirMessages) {
  for (const std::uint64_t count : {0U, 1U, 2U}) {
    EXPECT_EQ(sender_.nonce(), count);
    EXPECT_EQ(receiver_.nonce(), count);
    const auto opened = open(seal("hello"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, "hello");
  }
}

// Section 12.3: 32 zero bits, then the counter in little-endian order.
TEST_F(CipherStates, EncodeTheNonceAsTheSpecSays) {
  sender_.set_nonce(0x0102030405060708);
  const Bytes sealed = seal("hello");
  crypto::Nonce12 nonce{};
  std::ranges::copy(test::hex("000000000807060504030201"), nonce.begin());
  Bytes expected(sealed.size());
  crypto::chacha20poly1305_encrypt(key_, nonce, ad_, as_bytes("hello"), expected);
  EXPECT_EQ(sealed, expected);
}

TEST_F(CipherStates, WorkInPlace) {
  Bytes buffer = to_bytes("hello");
  buffer.resize(5 + tag_bytes);
  ASSERT_TRUE(sender_.encrypt_with_ad({}, ByteView(buffer).first(5), buffer));
  const auto length = receiver_.decrypt_with_ad({}, buffer, buffer);
  ASSERT_TRUE(length);
  EXPECT_EQ(as_text(ByteView(buffer).first(*length)), "hello");
}

TEST_F(CipherStates, WithoutAKeyPassBytesThrough) {
  CipherState none;
  EXPECT_FALSE(none.has_key());
  Bytes out(5);
  EXPECT_EQ(*none.encrypt_with_ad({}, as_bytes("hello"), out), 5U);
  EXPECT_EQ(as_text(out), "hello");
  EXPECT_EQ(*none.decrypt_with_ad({}, out, out), 5U);
  EXPECT_EQ(as_text(out), "hello");
  EXPECT_EQ(none.nonce(), 0U);
}

TEST_F(CipherStates, NoticeEveryFlippedBitAndGoOn) {
  const Bytes sealed = seal("hello");
  Bytes out(sealed.size(), std::byte{0xee});
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const auto result = receiver_.decrypt_with_ad(ad_, test::flipped(sealed, at, bit), out);
      ASSERT_FALSE(result);
      EXPECT_TRUE(result.error().is(Errc::decryption));
      EXPECT_TRUE(test::all_zero(ByteView(out).first(5)));
      EXPECT_EQ(receiver_.nonce(), 0U);
    }
  }
  EXPECT_TRUE(open(sealed));
}

TEST_F(CipherStates, RefuseReplayedReorderedAndForeignMessages) {
  const Bytes first = seal("first");
  const Bytes second = seal("second");
  EXPECT_FALSE(open(second));
  EXPECT_TRUE(open(first));
  EXPECT_FALSE(open(first));
  ad_ = to_bytes("da");
  EXPECT_FALSE(open(second));
}

TEST_F(CipherStates, RefuseLengthsThatNoMessageHas) {
  Bytes out(message_limit + 1);
  for (const std::size_t length : {std::size_t{0}, tag_bytes - 1, message_limit + 1}) {
    const auto result = receiver_.decrypt_with_ad({}, Bytes(length), out);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().is(Errc::message_length)) << length;
  }
}

TEST_F(CipherStates, KeepTheLastNonceForRekey) {
  sender_.set_nonce(last_nonce - 1);
  receiver_.set_nonce(last_nonce - 1);
  EXPECT_TRUE(open(seal("the last")));
  Bytes out(100);
  const auto sent = sender_.encrypt_with_ad({}, as_bytes("more"), out);
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().is(Errc::nonce_exhausted));
  EXPECT_TRUE(test::all_zero(out));
  const auto received = receiver_.decrypt_with_ad({}, ByteView(out).first(20), out);
  ASSERT_FALSE(received);
  EXPECT_TRUE(received.error().is(Errc::nonce_exhausted));
}

// Section 4.2: the first 32 bytes of ENCRYPT(k, 2^64 - 1, empty, zeros).
TEST_F(CipherStates, RekeyChangesTheKeyAndNotTheCounter) {
  ASSERT_TRUE(open(seal("before")));
  sender_.rekey();
  EXPECT_EQ(sender_.nonce(), 1U);
  const Bytes sealed = seal("after");
  EXPECT_FALSE(open(sealed));
  receiver_.rekey();
  EXPECT_EQ(*open(sealed), "after");

  crypto::Nonce12 nonce{};
  std::ranges::copy(test::hex("00000000ffffffffffffffff"), nonce.begin());
  Bytes block(32 + tag_bytes);
  crypto::chacha20poly1305_encrypt(key_, nonce, {}, Bytes(32), block);
  CipherState expected(*crypto::SymmetricKey::from(ByteView(block).first(32)));
  expected.set_nonce(2);
  Bytes out(4 + tag_bytes);
  ASSERT_TRUE(expected.encrypt_with_ad(ad_, as_bytes("same"), out));
  EXPECT_EQ(seal("same"), out);
}

TEST_F(CipherStates, NeverUseANonceTwice) {
  std::set<Bytes> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(seal("same")).second);
}

}  // namespace
}  // namespace sotto::noise
