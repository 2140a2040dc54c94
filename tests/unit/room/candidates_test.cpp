#include "room/candidates.h"

#include <gtest/gtest.h>
#include <map>

#include "support/seeded_entropy.h"
#include "wire/limits.h"

namespace sotto::room {
namespace {

constexpr SteadyTime start = SteadyTime(seconds(1'000));

wire::Candidate candidate(std::uint16_t port) {
  return {.kind = wire::CandidateKind::host,
          .transport = wire::CandidateTransport::tcp,
          .address = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{7}},
          .port = port,
          .priority = 100,
          .foundation = "1"};
}
wire::Candidates message(std::uint64_t generation, std::uint16_t port,
                         milliseconds lifetime = milliseconds(60'000)) {
  return {generation, lifetime, {candidate(port)}};
}

TEST(ToldCandidates, NothingIsToldOfNothing) {
  ToldCandidates told;
  EXPECT_FALSE(told.tell({}, start));
  EXPECT_EQ(told.due(), SteadyTime::max());
}

TEST(ToldCandidates, ChangesAreToldAndNothingElse) {
  ToldCandidates told;
  const auto first = told.tell({candidate(1)}, start);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->generation, 1U);
  EXPECT_EQ(first->lifetime, ToldCandidates::lifetime);
  EXPECT_FALSE(told.tell({candidate(1)}, start + seconds(5)));
  const auto second = told.tell({candidate(2)}, start + seconds(5));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->generation, 2U);
  EXPECT_EQ(second->candidates, std::vector{candidate(2)});
}

TEST(ToldCandidates, ThatThereAreNoneAnyMoreIsToldOnce) {
  ToldCandidates told;
  told.tell({candidate(1)}, start);
  const auto none = told.tell({}, start + seconds(5));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->candidates.empty());
  EXPECT_FALSE(told.tell({}, start + ToldCandidates::lifetime * 9));
  EXPECT_EQ(told.due(), SteadyTime::max());
}

TEST(ToldCandidates, WhatIsAboutToExpireIsToldAgain) {
  ToldCandidates told;
  told.tell({candidate(1)}, start);
  EXPECT_EQ(told.due(), start + ToldCandidates::again_after);
  EXPECT_FALSE(told.tell({candidate(1)}, told.due() - milliseconds(1)));
  EXPECT_TRUE(told.tell({candidate(1)}, start + ToldCandidates::again_after));
  EXPECT_EQ(told.due(), start + 2 * ToldCandidates::again_after);
}

TEST(ToldCandidates, NotMoreThanOneASecond) {
  ToldCandidates told;
  int count = 0;
  for (int ms = 0; ms < 10'000; ms += 10) {
    const auto port = static_cast<std::uint16_t>(1 + ms);
    count += told.tell({candidate(port)}, start + milliseconds(ms)) ? 1 : 0;
  }
  EXPECT_EQ(count, 10);
}

TEST(ToldCandidates, ANewSessionHearsThemAnewAndGenerationsGoOn) {
  ToldCandidates told;
  told.tell({candidate(1)}, start);
  told.forget();
  const auto again = told.tell({candidate(1)}, start);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->generation, 2U);
}

TEST(HeardCandidates, TheNewestGenerationHolds) {
  HeardCandidates heard;
  EXPECT_TRUE(heard.at(start).empty());
  EXPECT_TRUE(heard.take(message(2, 20), start));
  EXPECT_FALSE(heard.take(message(1, 10), start));
  EXPECT_FALSE(heard.take(message(2, 99), start));
  EXPECT_EQ(heard.at(start), std::vector{candidate(20)});
  EXPECT_TRUE(heard.take(message(7, 70), start));
  EXPECT_EQ(heard.at(start), std::vector{candidate(70)});
  EXPECT_EQ(heard.generation(), 7U);
}

TEST(HeardCandidates, TheyHoldForTheirLifetime) {
  HeardCandidates heard;
  heard.take(message(1, 10, milliseconds(500)), start);
  EXPECT_EQ(heard.at(start + milliseconds(499)).size(), 1U);
  EXPECT_TRUE(heard.at(start + milliseconds(500)).empty());
  // Expired is not forgotten: what was replaced does not come back.
  EXPECT_FALSE(heard.take(message(1, 10), start + milliseconds(600)));
  EXPECT_TRUE(heard.take(message(2, 20, milliseconds(0)), start + seconds(1)));
  EXPECT_TRUE(heard.at(start + seconds(1)).empty());
}

TEST(HeardCandidates, AFloodIsNotLookedAt) {
  HeardCandidates heard;
  std::uint64_t generation = 0;
  unsigned taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    taken += heard.take(message(++generation, 1), start) ? 1U : 0U;
  }
  EXPECT_EQ(taken, HeardCandidates::burst);
  EXPECT_TRUE(heard.take(message(++generation, 2), start + HeardCandidates::refill));
  EXPECT_FALSE(heard.take(message(++generation, 3), start + HeardCandidates::refill));
  EXPECT_EQ(heard.at(start + HeardCandidates::refill), std::vector{candidate(2)});
  // After a rest as much as at first, and not more.
  taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    taken += heard.take(message(++generation, 1), start + seconds(10'000)) ? 1U : 0U;
  }
  EXPECT_EQ(taken, HeardCandidates::burst);
}

// What one side tells is never more than the other takes.
TEST(HeardCandidates, AnHonestPeerIsNoFlood) {
  ToldCandidates told;
  HeardCandidates heard;
  for (int ms = 0; ms < 600'000; ms += 100) {
    const SteadyTime now = start + milliseconds(ms);
    const std::vector ours{candidate(static_cast<std::uint16_t>(1 + ms / 100))};
    if (auto news = told.tell(ours, now)) {
      ASSERT_TRUE(heard.take(std::move(*news), now)) << ms;
    }
  }
}

// Sessions lose nothing, but a peer that reads slowly loses what it is offered, and links come
// and go: whatever is lost, late or doubled, what holds is never older than what held, is gone
// when its time is over, and is right again once messages come through.
class Lossy : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Lossy, WhatHoldsIsNeverOldAndComesRightAgain) {
  SeededEntropy entropy(GetParam());
  const auto pick = [&](int below) {
    return std::to_integer<int>(entropy.bytes<1>()[0]) % below;
  };
  ToldCandidates told;
  HeardCandidates heard;
  std::multimap<SteadyTime, wire::Candidates> on_the_way;
  std::vector<wire::Candidate> ours{candidate(1)};
  std::uint64_t newest = 0;
  SteadyTime last_heard = start;
  for (int second = 0; second < 3'000; ++second) {
    const SteadyTime now = start + seconds(second);
    const bool is_bad = second % 1'500 < 1'000;
    if (pick(20) == 0 && is_bad) ours = {candidate(static_cast<std::uint16_t>(1 + pick(250)))};
    if (const auto news = told.tell(ours, now)) {
      const int copies = is_bad ? pick(3) : 1;
      for (int i = 0; i < copies; ++i) {
        on_the_way.emplace(now + seconds(is_bad ? pick(200) : 0), *news);
      }
    }
    while (!on_the_way.empty() && on_the_way.begin()->first <= now) {
      wire::Candidates message = on_the_way.begin()->second;
      on_the_way.erase(on_the_way.begin());
      const std::uint64_t generation = message.generation;
      const bool taken = heard.take(std::move(message), now);
      ASSERT_EQ(taken, generation > newest);
      if (!taken) continue;
      newest = generation;
      last_heard = now;
    }
    ASSERT_EQ(heard.at(now).empty(),
              newest == 0 || now >= last_heard + ToldCandidates::lifetime);
    const bool settled = second % 1'500 >= 1'000 + 200;
    if (settled) {
      ASSERT_EQ(heard.at(now), ours) << second;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lossy, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace sotto::room
