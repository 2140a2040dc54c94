#include "relay/directory.h"

#include "kept.h"
#include "relay/usage.h"

namespace sotto::relay {
namespace {

class DirectoryTest : public KeptTest {
 protected:
  crypto::Ed25519KeyPair key = crypto::Ed25519KeyPair::generate(entropy);

  Bytes blob(std::uint64_t seq, char content = 'a') {
    return wire::sign_record_blob(
        key, seq, Bytes(wire::record_sealed_bytes, static_cast<std::byte>(content)));
  }
  std::string put(const Bytes& bytes) {
    const auto opened = must(wire::open_record_blob(bytes));
    return name_of(put_record(*connection, opened, bytes, payer, limits, now));
  }
  Bytes get() {
    const Reply reply = must(get_record(*connection, key.public_key, now));
    const auto* found = std::get_if<wire::RelayFound>(&reply);
    return found == nullptr ? Bytes() : found->blob;
  }
};

TEST_F(DirectoryTest, GivesWhatWasPut) {
  EXPECT_EQ(name_of(get_record(*connection, key.public_key, now)), "unknown");
  EXPECT_EQ(put(blob(7)), "");
  EXPECT_EQ(get(), blob(7));
}

TEST_F(DirectoryTest, TheHigherNumberWins) {
  EXPECT_EQ(put(blob(7)), "");
  EXPECT_EQ(put(blob(7)), "");  // the same again
  EXPECT_EQ(put(blob(6)), "older");
  EXPECT_EQ(put(blob(7, 'b')), "");  // the same number, sealed anew
  EXPECT_EQ(get(), blob(7, 'b'));
  // Also where a signed integer would end, and where a byte carries over.
  EXPECT_EQ(put(blob(256)), "");
  EXPECT_EQ(put(blob(255)), "older");
  EXPECT_EQ(put(blob(~std::uint64_t{0})), "");
  EXPECT_EQ(put(blob(1ULL << 62)), "older");
  EXPECT_EQ(must(total_usage(*connection)).records, 1);
}

TEST_F(DirectoryTest, KeepsThemForThreeDays) {
  EXPECT_EQ(put(blob(7)), "");
  now += record_lifetime - milliseconds(1);
  EXPECT_EQ(get(), blob(7));
  now += milliseconds(1);
  EXPECT_EQ(get(), Bytes());
  EXPECT_EQ(put(blob(3)), "");  // which nothing is newer than any more
  now += record_lifetime;
  EXPECT_EQ(must(sweep(*connection, now)), 1);
  EXPECT_EQ(must(total_usage(*connection)).records, 0);
  EXPECT_EQ(must(total_usage(*connection)).bytes, 0);
}

TEST_F(DirectoryTest, DeletesThem) {
  put(blob(7));
  EXPECT_EQ(name_of(delete_record(*connection, key.public_key)), "");
  EXPECT_EQ(get(), Bytes());
  EXPECT_EQ(name_of(delete_record(*connection, key.public_key)), "");
}

TEST_F(DirectoryTest, HasQuotas) {
  limits.records_a_payer = 2;
  EXPECT_EQ(put(blob(1)), "");
  key = crypto::Ed25519KeyPair::generate(entropy);
  EXPECT_EQ(put(blob(1)), "");
  EXPECT_EQ(put(blob(2)), "");  // in place of the one before
  key = crypto::Ed25519KeyPair::generate(entropy);
  EXPECT_EQ(put(blob(1)), "quota");
  // What is refused takes nothing away, whoever puts it.
  limits.records_a_payer = 0;
  payer = Payer::random(entropy);
  EXPECT_EQ(put(blob(1)), "quota");
  limits.records_a_payer = 2;
  limits.stored_bytes = 3 * wire::record_blob_bytes;
  EXPECT_EQ(put(blob(1)), "");
  key = crypto::Ed25519KeyPair::generate(entropy);
  EXPECT_EQ(put(blob(1)), "quota");
}

// Somebody else's quota says nothing about a record that has its place.
TEST_F(DirectoryTest, AnUpdateNeedsNoQuota) {
  EXPECT_EQ(put(blob(1)), "");
  limits.records_a_payer = 0;
  limits.stored_bytes = 0;
  payer = Payer::random(entropy);
  EXPECT_EQ(put(blob(2)), "");
  EXPECT_EQ(get(), blob(2));
  const auto there = must(total_usage(*connection));
  EXPECT_EQ(there.records, 1);
  EXPECT_EQ(there.bytes, static_cast<std::int64_t>(wire::record_blob_bytes));
}

}  // namespace
}  // namespace sotto::relay
