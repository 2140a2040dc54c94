#include "wire/record_blob.h"

#include <gtest/gtest.h>

#include "base/big_endian.h"
#include "crypto/sign.h"
#include "support/mutations.h"
#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::wire {
namespace {

class RecordBlobs : public testing::Test {
 protected:
  SeededEntropy entropy{3};
  crypto::Ed25519KeyPair key = crypto::Ed25519KeyPair::generate(entropy);
  Bytes sealed = to_bytes(entropy.bytes<record_sealed_bytes>());
  Bytes blob = sign_record_blob(key, 0x0102030405060708, sealed);
};

TEST_F(RecordBlobs, IsAsTheHeaderSays) {
  Bytes expected = to_bytes(key.public_key.view());
  append_be(expected, std::uint64_t{0x0102030405060708});
  append(expected, sealed);
  const auto signature =
      crypto::sign(key, {as_bytes("sotto record blob 1"), ByteView(expected).subspan(32)});
  append(expected, signature.view());
  EXPECT_EQ(blob, expected);
  EXPECT_EQ(blob.size(), 996U);
}

TEST_F(RecordBlobs, OpensAsItWasSigned) {
  const RecordBlob opened = must(open_record_blob(blob));
  EXPECT_EQ(opened.publishing_key, key.public_key);
  EXPECT_EQ(opened.seq, 0x0102030405060708U);
  EXPECT_EQ(to_bytes(opened.sealed), sealed);
}

TEST_F(RecordBlobs, EveryDamageFails) {
  const auto refused = [](ByteView damaged) {
    EXPECT_EQ(error_of(open_record_blob(damaged)), "wire.malformed");
  };
  for_each_flipped_bit(blob, refused);
  for_each_truncation(blob, refused);
  Bytes longer = blob;
  longer.push_back({});
  refused(longer);
}

// A key of small order has signatures that hold for anything.
TEST_F(RecordBlobs, KeysOfNobodyAreRefused) {
  Bytes forged(record_blob_bytes);
  forged[0] = std::byte{1};    // the neutral element as the key
  forged[932] = std::byte{1};  // and as R, with S = 0
  EXPECT_EQ(error_of(open_record_blob(forged)), "wire.malformed");
}

}  // namespace
}  // namespace sotto::wire
