#include "rendezvous/search.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "unit/rendezvous/testing.h"

namespace sotto::rendezvous {
namespace {

using std::chrono::days;
using std::chrono::hours;

class Searching : public testing::Test {
 protected:
  Search search(WallTime now = noon, std::uint64_t last_seq = 0) {
    return {host.keys.public_key, host.secret.copy(), last_seq, now};
  }
  static const Search::Place& place(const Search& search, std::uint32_t day) {
    return *std::ranges::find(search.places(), day, &Search::Place::day);
  }
  // What a search comes to that finds this under the key of `day`.
  Result<std::optional<wire::RendezvousRecord>> found(ByteView blob, std::uint32_t day = today,
                                                      WallTime now = noon,
                                                      std::uint64_t last_seq = 0) {
    auto one = search(now, last_seq);
    static_cast<void>(one.offer(place(one, day), blob));
    return one.result();
  }

  SomeHost host;
  wire::RendezvousRecord record = renewed(0, ways_at(4000), noon);
};

TEST_F(Searching, LooksUnderThreeDays) {
  const auto one = search();
  ASSERT_EQ(one.places().size(), 3U);
  EXPECT_EQ(one.places().front().day, today);
  for (const std::uint32_t day : {today - 1, today, today + 1}) {
    EXPECT_EQ(place(one, day).key, publishing_key(host.secret, day).public_key);
  }
}

TEST_F(Searching, NothingIsNoError) {
  EXPECT_EQ(search().result().value(), std::nullopt);
}

// From a day before its issue, by a clock that is late, to the end of the day on which it
// expires.
TEST_F(Searching, IsFoundAsLongAsItHolds) {
  for (WallTime now = noon - days(1); now < record.expires; now += hours(1)) {
    auto one = search(now);
    bool any = false;
    for (const std::uint32_t day : days_of(record)) {
      const auto at = std::ranges::find(one.places(), day, &Search::Place::day);
      if (at == one.places().end()) continue;
      any = true;
      EXPECT_TRUE(one.offer(*at, host.blob(record, day)).has_value());
    }
    EXPECT_TRUE(any) << to_rfc3339(now);
    ASSERT_TRUE(one.result().has_value()) << to_rfc3339(now);
    EXPECT_EQ((*one.result())->seq, record.seq);
  }
}

TEST_F(Searching, TheNewestWinsInWhateverOrder) {
  const auto newer = renewed(record.seq, ways_at(4001), noon + hours(1));
  for (const bool newest_first : {true, false}) {
    auto one = search(noon + hours(2));
    const auto& first = newest_first ? newer : record;
    const auto& second = newest_first ? record : newer;
    EXPECT_TRUE(one.offer(place(one, today), host.blob(first, today)).has_value());
    EXPECT_TRUE(one.offer(place(one, today + 1), host.blob(second, today + 1)).has_value());
    EXPECT_EQ(one.result().value()->seq, newer.seq);
  }
}

TEST_F(Searching, AnEqualSeqIsAccepted) {
  EXPECT_EQ(found(host.blob(record, today), today, noon, record.seq).value()->seq, record.seq);
}

TEST_F(Searching, AnOlderOneIsNot) {
  const auto result = found(host.blob(record, today), today, noon, record.seq + 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().is(Errc::rolled_back));
}

// Yesterday's key still has yesterday's record: that is no reason to complain.
TEST_F(Searching, AnOlderOneBesideTheNewestDoesNoHarm) {
  const auto before = renewed(0, ways_at(3999), noon - days(1));
  auto one = search(noon, record.seq);
  EXPECT_TRUE(one.offer(place(one, today - 1), host.blob(before, today - 1)).has_value());
  EXPECT_TRUE(one.offer(place(one, today), host.blob(record, today)).has_value());
  EXPECT_EQ(one.result().value()->seq, record.seq);
}

TEST_F(Searching, AnExpiredOneIsNotAccepted) {
  auto old = record;
  old.expires = noon;
  const auto result = found(host.blob(old, today));
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().is(Errc::expired));
}

TEST_F(Searching, ABearerCannotForge) {
  // Has the secret, and no key of the host.
  const SomeHost other(99);
  const auto blob = publish(record, other.keys, host.secret, today, host.entropy).value();
  auto one = search();
  const auto offered = one.offer(place(one, today), blob);
  ASSERT_FALSE(offered.has_value());
  EXPECT_TRUE(offered.error().is(Errc::forged));
  EXPECT_TRUE(one.result().error().is(Errc::forged));
}

TEST_F(Searching, AnswersForOtherKeysAreInvalid) {
  const SomeHost other(6);
  SomeHost same_host_other_secret(5);
  same_host_other_secret.secret = other.secret.copy();
  const Bytes answers[] = {
      host.blob(record, today + 1),                // of another day
      same_host_other_secret.blob(record, today),  // of another bearer
      Bytes(blob_bytes),                           // of nobody
      Bytes(),
      Bytes(blob_bytes * 100),
  };
  for (const Bytes& answer : answers) {
    auto one = search();
    const auto offered = one.offer(place(one, today), answer);
    ASSERT_FALSE(offered.has_value());
    EXPECT_TRUE(offered.error().is(Errc::blob_invalid));
    EXPECT_FALSE(one.result().has_value());
  }
}

TEST_F(Searching, ALieBesideTheTruthIsToldAndDoesNotCount) {
  auto one = search();
  EXPECT_FALSE(one.offer(place(one, today + 1), Bytes(blob_bytes)).has_value());
  EXPECT_TRUE(one.offer(place(one, today), host.blob(record, today)).has_value());
  EXPECT_EQ(one.result().value()->seq, record.seq);
}

TEST_F(Searching, TheWorstComplaintIsTold) {
  const SomeHost other(99);
  auto one = search(noon, record.seq + 1);
  EXPECT_TRUE(one.offer(place(one, today), host.blob(record, today)).has_value());
  EXPECT_TRUE(one.result().error().is(Errc::rolled_back));
  EXPECT_FALSE(one.offer(place(one, today + 1), Bytes(1)).has_value());
  EXPECT_TRUE(one.result().error().is(Errc::blob_invalid));
  EXPECT_FALSE(one.offer(place(one, today),
                         publish(record, other.keys, host.secret, today, host.entropy).value())
                   .has_value());
  EXPECT_TRUE(one.result().error().is(Errc::forged));
}

}  // namespace
}  // namespace sotto::rendezvous
