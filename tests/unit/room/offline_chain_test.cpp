// Against tests/reference/offline_reference.py in deposit_test.cpp.
#include "room/offline_chain.h"

#include <set>

#include "unit/room/testing.h"

namespace sotto::room {
namespace {

Bytes bytes_of(const crypto::SymmetricKey& key) {
  return to_bytes(key.view());
}

class OfflineChainTest : public testing::Test {
 protected:
  store::ChainRow fresh() const { return derive_chain(exporter_, ChainDirection::to_host); }
  // The key that a writer seals `index` with.
  Bytes written(std::uint32_t index) const {
    store::ChainRow chain = fresh();
    for (std::uint32_t i = 0; i < index; ++i) advance(chain);
    return bytes_of(advance(chain));
  }
  static std::optional<Bytes> taken(store::ChainRow& chain, std::uint32_t index) {
    const auto key = take_key(chain, index);
    return key ? std::optional(bytes_of(*key)) : std::nullopt;
  }

  SeededEntropy entropy_{3};
  crypto::SymmetricKey exporter_{entropy_};
};

TEST_F(OfflineChainTest, BothSidesDeriveTheSameAndEachDirectionItsOwn) {
  const store::ChainRow one = fresh();
  const store::ChainRow same = fresh();
  const store::ChainRow other = derive_chain(exporter_, ChainDirection::to_joiner);
  EXPECT_EQ(one.id, same.id);
  EXPECT_EQ(bytes_of(one.key), bytes_of(same.key));
  EXPECT_EQ(bytes_of(one.header_key), bytes_of(same.header_key));
  EXPECT_NE(one.id, other.id);
  EXPECT_NE(bytes_of(one.key), bytes_of(other.key));
  EXPECT_NE(bytes_of(one.header_key), bytes_of(other.header_key));
  const auto others_exporter =
      derive_chain(crypto::SymmetricKey(entropy_), ChainDirection::to_host);
  EXPECT_NE(one.id, others_exporter.id);
}

TEST_F(OfflineChainTest, NoKeyComesTwice) {
  store::ChainRow chain = fresh();
  std::set<Bytes> seen{bytes_of(chain.header_key)};
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(seen.insert(bytes_of(chain.key)).second);
    EXPECT_TRUE(seen.insert(bytes_of(advance(chain))).second);
  }
  EXPECT_EQ(chain.next, 10'000U);
}

TEST_F(OfflineChainTest, AKeyIsTakenOnceInWhateverOrder) {
  store::ChainRow reader = fresh();
  for (const std::uint32_t index : {2U, 0U, 5U, 1U, 3U, 4U}) {
    EXPECT_TRUE(has_key(reader, index));
    EXPECT_EQ(bytes_of(*peek_key(reader, index)), written(index));
    EXPECT_EQ(taken(reader, index), written(index)) << index;
    EXPECT_FALSE(has_key(reader, index));
    EXPECT_FALSE(peek_key(reader, index));
    EXPECT_FALSE(taken(reader, index)) << index;
  }
  EXPECT_TRUE(reader.skipped.empty());
  EXPECT_EQ(reader.next, 6U);
}

// Whoever makes up an index cannot make a reader work or remember without end.
TEST_F(OfflineChainTest, NoFurtherAheadThanTheLimit) {
  store::ChainRow reader = fresh();
  EXPECT_FALSE(taken(reader, skip_limit + 1));
  EXPECT_FALSE(has_key(reader, skip_limit + 1));
  EXPECT_FALSE(taken(reader, 0xffff'ffff));
  EXPECT_EQ(reader.next, 0U);
  EXPECT_TRUE(reader.skipped.empty());
  EXPECT_EQ(taken(reader, skip_limit), written(skip_limit));
  EXPECT_EQ(reader.skipped.size(), skip_limit);
  // From there on it goes, and the oldest are given up.
  EXPECT_EQ(taken(reader, skip_limit + 11), written(skip_limit + 11));
  EXPECT_EQ(reader.skipped.size(), skip_limit);
  EXPECT_FALSE(taken(reader, 9));
  EXPECT_EQ(taken(reader, 10), written(10));
}

}  // namespace
}  // namespace sotto::room
