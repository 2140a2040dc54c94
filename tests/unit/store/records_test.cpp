#include "store/records.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class RecordsTest : public StoreTest {
 protected:
  RecordRow record(std::uint64_t seq, const std::string& text) {
    return {secret_.copy(), seq, at_ms(static_cast<std::int64_t>(seq)), to_bytes(text)};
  }

  Database database_ = open();
  Records records_{database_};
  crypto::SymmetricKey secret_{entropy_};
};

TEST_F(RecordsTest, TheHigherSeqStands) {
  EXPECT_FALSE(must(records_.find(secret_)));
  EXPECT_TRUE(must(records_.put(record(5, "five"))));
  EXPECT_FALSE(must(records_.put(record(4, "four"))));
  EXPECT_FALSE(must(records_.put(record(5, "another five"))));
  EXPECT_TRUE(must(records_.put(record(5, "five"))));
  const auto found = must(records_.find(secret_));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seq, 5U);
  EXPECT_EQ(to_string(found->record), "five");
  EXPECT_EQ(found->expires, at_ms(5));
  EXPECT_EQ(to_bytes(found->record_secret.view()), to_bytes(secret_.view()));
  EXPECT_TRUE(must(records_.put(record(~std::uint64_t{0}, "last"))));
  EXPECT_EQ(must(records_.find(secret_))->seq, ~std::uint64_t{0});
}

TEST_F(RecordsTest, EachSecretHasItsOwn) {
  const crypto::SymmetricKey other(entropy_);
  must(records_.put(record(5, "five")));
  EXPECT_FALSE(must(records_.find(other)));
  must(records_.remove(other));
  EXPECT_TRUE(must(records_.find(secret_)));
  must(records_.remove(secret_));
  EXPECT_FALSE(must(records_.find(secret_)));
}

}  // namespace
}  // namespace sotto::store
