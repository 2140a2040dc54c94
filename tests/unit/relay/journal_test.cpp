#include "relay/journal.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sotto::relay {
namespace {

class JournalTest : public testing::Test {
 protected:
  std::vector<Notice> told;
  SteadyTime now{seconds(1000)};
  Notice limit{.level = LogLevel::warning, .code = "limit", .text = "Too much."};

  Journal journal(bool with_addresses) {
    return {[this](const Notice& notice) { told.push_back(notice); }, with_addresses};
  }
};

TEST_F(JournalTest, TellsOfAFloodOnceAMinute) {
  Journal log = journal(false);
  for (int i = 0; i < 100; ++i) log.write_seldom(limit, now);
  EXPECT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].fields.empty());
  Notice other = limit;
  other.text = "Something else.";
  log.write_seldom(other, now);
  EXPECT_EQ(told.size(), 2U);
  log.write_seldom(limit, now + seconds(60));
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[2].fields, (decltype(told[2].fields){{"also_since", "99"}}));
  log.write_seldom(limit, now + seconds(120));
  EXPECT_TRUE(told[3].fields.empty());
}

TEST_F(JournalTest, NamesNoAddressUnlessAsked) {
  const AddressBlock block(*from_hex("c0000201"));
  Journal silent = journal(false);
  silent.write_seldom_of(block, limit, now);
  EXPECT_TRUE(told[0].fields.empty());
  Journal open = journal(true);
  open.write_seldom_of(block, limit, now);
  EXPECT_EQ(told[1].fields, (decltype(told[1].fields){{"from", "192.0.2.0/24"}}));
}

}  // namespace
}  // namespace sotto::relay
