#include "rendezvous/postings.h"

#include <gtest/gtest.h>

#include "rendezvous/publishing.h"
#include "unit/rendezvous/testing.h"

namespace sotto::rendezvous {
namespace {

class Posted : public testing::Test {
 protected:
  Posting posting(const LinkRef& ref, const wire::RendezvousRecord& record) {
    return {ref, host.secret.copy(), record};
  }
  // Does what is to do, as (day, seq); `seq` 0 removes.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> carry_out(std::size_t directory) {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> out;
    while (const auto errand = postings.next(directory)) {
      EXPECT_EQ(errand->directory, directory);
      EXPECT_NE(postings.subject(*errand), nullptr);
      out.emplace_back(errand->day, errand->seq);
      postings.done(*errand);
    }
    return out;
  }
  using Done = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

  SomeHost host;
  Postings postings{2};
  const LinkRef anna = LinkRef::random(host.entropy);
  const LinkRef bert = LinkRef::random(host.entropy);
  const wire::RendezvousRecord first = renewed(0, ways_at(4000), noon);
  const wire::RendezvousRecord second = renewed(first.seq, ways_at(4001), noon);
};

TEST_F(Posted, NothingIsToDoAtFirst) {
  EXPECT_EQ(postings.next(0), std::nullopt);
  EXPECT_TRUE(postings.posted().empty());
  EXPECT_EQ(postings.find(anna), nullptr);
}

TEST_F(Posted, GoesToEachDirectoryUnderBothKeys) {
  postings.post(posting(anna, first));
  const Done both{{today, first.seq}, {today + 1, first.seq}};
  EXPECT_EQ(carry_out(0), both);
  EXPECT_EQ(carry_out(0), Done());
  EXPECT_EQ(carry_out(1), both);
  ASSERT_NE(postings.find(anna), nullptr);
  EXPECT_EQ(postings.find(anna)->seq, first.seq);
}

TEST_F(Posted, AnErrandStaysUntilItIsDone) {
  postings.post(posting(anna, first));
  const auto errand = postings.next(0);
  ASSERT_TRUE(errand.has_value());
  EXPECT_EQ(postings.next(0)->day, errand->day);
}

TEST_F(Posted, OnlyWhatChangedIsSent) {
  postings.post(posting(anna, first));
  postings.post(posting(bert, first));
  carry_out(0);
  postings.post(posting(anna, first));
  EXPECT_EQ(carry_out(0), Done());
  postings.post(posting(anna, second));
  EXPECT_EQ(carry_out(0), (Done{{today, second.seq}, {today + 1, second.seq}}));
}

TEST_F(Posted, ANewDayTakesTheOldKeyAway) {
  postings.post(posting(anna, first));
  carry_out(0);
  const auto next = renewed(first.seq, ways_at(4000), noon + std::chrono::days(1));
  postings.post(posting(anna, next));
  EXPECT_EQ(carry_out(0), (Done{{today + 1, next.seq}, {today + 2, next.seq}, {today, 0}}));
}

TEST_F(Posted, WhatAnEarlierProcessLeftGoes) {
  auto mine = posting(anna, first);
  mine.old_days = {today - 5, today - 4};
  postings.post(std::move(mine));
  EXPECT_EQ(carry_out(1),
            (Done{{today, first.seq}, {today + 1, first.seq}, {today - 5, 0}, {today - 4, 0}}));
}

TEST_F(Posted, WithdrawnItGoesFromEverywhere) {
  postings.post(posting(anna, first));
  carry_out(0);
  carry_out(1);
  postings.withdraw(anna);
  EXPECT_EQ(postings.find(anna), nullptr);
  EXPECT_TRUE(postings.posted().empty());
  const Done both{{today, 0}, {today + 1, 0}};
  EXPECT_EQ(carry_out(0), both);
  EXPECT_TRUE(postings.gone().empty());  // the other still has it
  EXPECT_EQ(carry_out(1), both);
  const auto gone = postings.gone();
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone.front().ref, anna);
  EXPECT_TRUE(postings.gone().empty());
}

TEST_F(Posted, WithdrawnWhileAPutIsUnderWay) {
  postings.post(posting(anna, first));
  const auto put = postings.next(0);
  postings.withdraw(anna);
  postings.done(*put);  // it did arrive
  EXPECT_EQ(carry_out(0), (Done{{today, 0}, {today + 1, 0}}));
}

TEST_F(Posted, RenewedWhileAPutIsUnderWay) {
  postings.post(posting(anna, first));
  const auto put = postings.next(0);
  postings.post(posting(anna, second));
  postings.done(*put);
  EXPECT_EQ(carry_out(0), (Done{{today, second.seq}, {today + 1, second.seq}}));
}

TEST_F(Posted, OneOfAnEarlierProcessIsWithdrawn) {
  postings.withdraw(posting(anna, first));
  EXPECT_EQ(postings.find(anna), nullptr);
  EXPECT_EQ(carry_out(0), (Done{{today, 0}, {today + 1, 0}}));
  carry_out(1);
  EXPECT_EQ(postings.gone().size(), 1U);
}

TEST_F(Posted, WhatWasWithdrawnComesBack) {
  postings.post(posting(anna, first));
  carry_out(0);
  postings.withdraw(anna);
  postings.post(posting(anna, second));
  EXPECT_EQ(carry_out(0), (Done{{today, second.seq}, {today + 1, second.seq}}));
  ASSERT_NE(postings.find(anna), nullptr);
}

// A bearer who keeps the host from its own record keeps nobody else from theirs.
TEST_F(Posted, WhatFailsHoldsNobodyUp) {
  postings.post(posting(anna, first));
  postings.post(posting(bert, first));
  const auto failed = postings.next(0);
  postings.put_off(*failed);
  EXPECT_TRUE(postings.has_put_off(0));
  EXPECT_FALSE(postings.has_put_off(1));
  EXPECT_NE(postings.next(0)->ref, failed->ref);
  EXPECT_EQ(carry_out(0).size(), 2U);
  EXPECT_EQ(postings.next(0), std::nullopt);
  postings.resume(0);
  EXPECT_FALSE(postings.has_put_off(0));
  EXPECT_EQ(postings.next(0)->ref, failed->ref);
  EXPECT_EQ(carry_out(0).size(), 2U);
}

TEST_F(Posted, WhatFailedAndIsRenewedIsTriedAtOnce) {
  postings.post(posting(anna, first));
  postings.put_off(*postings.next(0));
  postings.post(posting(anna, second));
  EXPECT_EQ(carry_out(0).size(), 2U);
  postings.resume(0);
  EXPECT_EQ(postings.next(0), std::nullopt);
}

TEST_F(Posted, UnknownOnesAreNoTrouble) {
  postings.withdraw(anna);
  postings.done({0, anna, today, 5});
  EXPECT_EQ(postings.subject({0, anna, today, 5}), nullptr);
  EXPECT_EQ(postings.next(1), std::nullopt);
}

}  // namespace
}  // namespace sotto::rendezvous
