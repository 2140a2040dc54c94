#include "relay/mailboxes.h"

#include "kept.h"
#include "relay/usage.h"
#include "wire/limits.h"

namespace sotto::relay {
namespace {

class MailboxTest : public KeptTest {
 protected:
  wire::MailboxId box = wire::MailboxId::random(entropy);

  std::string open() { return name_of(open_mailbox(*connection, box, payer, limits, now)); }
  wire::RelayDeposit some(std::size_t size = 512) {
    return {.mailbox = box,
            .id = wire::DepositId::random(entropy),
            .content = Bytes(size, std::byte{7})};
  }
  std::string put(const wire::RelayDeposit& one) {
    return name_of(deposit(*connection, one, payer, limits, now));
  }
  wire::RelayDeposits get(std::uint64_t after = 0) {
    return std::get<wire::RelayDeposits>(must(fetch(*connection, box, after, now)));
  }
  std::vector<std::uint64_t> numbers(std::uint64_t after = 0) {
    std::vector<std::uint64_t> out;
    for (const auto& one : get(after).deposits) out.push_back(one.number);
    return out;
  }
  using Numbers = std::vector<std::uint64_t>;
};

TEST_F(MailboxTest, GivesWhatWasPutInInItsOrder) {
  EXPECT_EQ(put(some()), "unknown");
  EXPECT_EQ(name_of(fetch(*connection, box, 0, now)), "unknown");
  EXPECT_EQ(open(), "");
  EXPECT_EQ(numbers(), Numbers());
  const auto first = some();
  const auto second = some(4096);
  EXPECT_EQ(put(first), "");
  EXPECT_EQ(put(second), "");
  const auto all = get();
  ASSERT_EQ(all.deposits.size(), 2U);
  EXPECT_FALSE(all.more);
  EXPECT_EQ(all.deposits[0].number, 1U);
  EXPECT_EQ(all.deposits[0].id, first.id);
  EXPECT_EQ(all.deposits[1].number, 2U);
  EXPECT_EQ(all.deposits[1].content, second.content);
  EXPECT_EQ(numbers(1), Numbers({2}));
  EXPECT_EQ(numbers(~std::uint64_t{0}), Numbers());
}

TEST_F(MailboxTest, TheSameAgainIsTheSame) {
  open();
  const auto one = some();
  EXPECT_EQ(put(one), "");
  EXPECT_EQ(put(one), "");
  auto other = one;
  other.content[511] = std::byte{8};
  EXPECT_EQ(put(other), "id_reused");
  EXPECT_EQ(numbers(), Numbers({1}));
}

TEST_F(MailboxTest, NumbersComeOnce) {
  open();
  put(some());
  put(some());
  EXPECT_EQ(name_of(acknowledge(*connection, box, {1, 2, 77})), "");
  EXPECT_EQ(numbers(), Numbers());
  put(some());
  EXPECT_EQ(numbers(), Numbers({3}));
  EXPECT_EQ(open(), "");
  put(some());
  EXPECT_EQ(numbers(), Numbers({3, 4}));
  EXPECT_EQ(must(total_usage(*connection)).deposits, 2);
}

TEST_F(MailboxTest, ClosingTakesAllThatIsInIt) {
  open();
  put(some());
  EXPECT_EQ(name_of(close_mailbox(*connection, box)), "");
  EXPECT_EQ(name_of(fetch(*connection, box, 0, now)), "unknown");
  EXPECT_EQ(put(some()), "unknown");
  const Usage usage = must(total_usage(*connection));
  EXPECT_EQ(usage.mailboxes + usage.deposits + usage.bytes, 0);
  const Usage own = must(usage_of(*connection, payer));
  EXPECT_EQ(own.mailboxes + own.deposits + own.bytes, 0);
}

TEST_F(MailboxTest, IsKeptForSevenDaysEachTimeItIsOpened) {
  open();
  now += mailbox_lifetime - milliseconds(1);
  EXPECT_EQ(open(), "");
  now += mailbox_lifetime - milliseconds(1);
  EXPECT_EQ(put(some()), "");
  now += milliseconds(1);
  EXPECT_EQ(put(some()), "unknown");
  // What was put in on the last day is not lost with it.
  must(sweep(*connection, now));
  EXPECT_EQ(numbers(), Numbers({1}));
  now += deposit_lifetime;
  EXPECT_EQ(numbers(), Numbers());
  must(sweep(*connection, now));
  EXPECT_EQ(name_of(fetch(*connection, box, 0, now)), "unknown");
  EXPECT_EQ(must(total_usage(*connection)).bytes, 0);
}

TEST_F(MailboxTest, FullRefusesAndDropsNothing) {
  open();
  limits.deposits_a_mailbox = 2;
  EXPECT_EQ(put(some()), "");
  const auto second = some();
  EXPECT_EQ(put(second), "");
  EXPECT_EQ(put(some()), "quota");
  EXPECT_EQ(put(second), "");  // which is there
  EXPECT_EQ(numbers(), Numbers({1, 2}));
  limits.deposits_a_mailbox = 100;
  limits.deposited_bytes_a_mailbox = 3 * 512;
  EXPECT_EQ(put(some(4096)), "quota");
  EXPECT_EQ(put(some(512)), "");
  EXPECT_EQ(put(some(512)), "quota");
  acknowledge(*connection, box, {1}).value();
  EXPECT_EQ(put(some(512)), "");
}

TEST_F(MailboxTest, WhoDepositsHasQuotasOverAllMailboxes) {
  limits.deposits_a_payer = 2;
  open();
  EXPECT_EQ(put(some()), "");
  box = wire::MailboxId::random(entropy);
  open();
  EXPECT_EQ(put(some()), "");
  EXPECT_EQ(put(some()), "quota");
  payer = Payer::random(entropy);
  EXPECT_EQ(put(some()), "");
  limits.deposited_bytes_a_payer = 1023;
  EXPECT_EQ(put(some()), "quota");
  payer = Payer::random(entropy);
  limits.stored_bytes = 4 * 512;
  EXPECT_EQ(put(some()), "");
  EXPECT_EQ(put(some()), "quota");
}

TEST_F(MailboxTest, WhoOpensHasAQuotaOfMailboxes) {
  limits.mailboxes_a_payer = 1;
  EXPECT_EQ(open(), "");
  EXPECT_EQ(open(), "");
  box = wire::MailboxId::random(entropy);
  EXPECT_EQ(open(), "quota");
  payer = Payer::random(entropy);
  EXPECT_EQ(open(), "");
}

// A reply holds what one message may, and says whether there is more.
TEST_F(MailboxTest, ComesInRepliesThatFit) {
  open();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(put(some(65535)), "");
  for (int i = 0; i < 40; ++i) ASSERT_EQ(put(some(512)), "");
  Numbers seen;
  while (true) {
    const auto some_of_them = get(seen.empty() ? 0 : seen.back());
    EXPECT_LE(encode(wire::RelayMessage(wire::RelayReply{.number = ~0U, .kind = some_of_them}))
                  .size(),
              wire::relay_message_limit);
    ASSERT_FALSE(some_of_them.deposits.empty());
    for (const auto& one : some_of_them.deposits) seen.push_back(one.number);
    if (!some_of_them.more) break;
  }
  ASSERT_EQ(seen.size(), 45U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

}  // namespace
}  // namespace sotto::relay
