#include "store/outbox.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class OutboxTest : public StoreTest {
 protected:
  std::int64_t queue(const RoomId& room, const std::string& text,
                     const crypto::Ed25519PublicKey& recipient) {
    const auto seq = must(messages_.add(message_row(room, text))).seq;
    must(outbox_.add({seq, room, recipient, at_ms(seq)}));
    return seq;
  }
  Texts waiting(const RoomId& room, const crypto::Ed25519PublicKey& recipient,
                std::int64_t after = 0, std::size_t limit = 100) {
    return texts_of(must(outbox_.waiting(room, recipient, after, limit)));
  }

  Database database_ = open();
  Messages messages_{database_};
  Outbox outbox_{database_};
  RoomId kitchen_ = add_room(database_, "kitchen");
  RoomId cellar_ = add_room(database_, "cellar");
  crypto::Ed25519PublicKey ada_ = crypto::Ed25519PublicKey::random(entropy_);
  crypto::Ed25519PublicKey bob_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(OutboxTest, WaitsForEachRecipientInEachRoomOldestFirst) {
  const auto one = queue(kitchen_, "one", ada_);
  queue(kitchen_, "for Bob", bob_);
  queue(cellar_, "in the cellar", ada_);
  queue(kitchen_, "two", ada_);
  queue(kitchen_, "three", ada_);
  EXPECT_EQ(waiting(kitchen_, ada_), Texts({"one", "two", "three"}));
  EXPECT_EQ(waiting(kitchen_, ada_, 0, 2), Texts({"one", "two"}));
  EXPECT_EQ(waiting(kitchen_, ada_, one, 1), Texts{"two"});
  EXPECT_EQ(waiting(kitchen_, ada_, 0, ~std::size_t{0}).size(), 3U);
  EXPECT_EQ(waiting(kitchen_, bob_), Texts{"for Bob"});
  EXPECT_EQ(waiting(cellar_, ada_), Texts{"in the cellar"});
  EXPECT_EQ(waiting(cellar_, bob_), Texts{});
}

TEST_F(OutboxTest, LongOnesComeFewAtATime) {
  const std::string one(Outbox::waiting_bytes - 100, '1');
  const std::string two(1000, '2');
  queue(kitchen_, one, ada_);
  const auto second = queue(kitchen_, two, ada_);
  queue(kitchen_, "three", ada_);
  EXPECT_EQ(waiting(kitchen_, ada_), Texts({one, two}));
  EXPECT_EQ(waiting(kitchen_, ada_, second), Texts{"three"});
}

TEST_F(OutboxTest, OneMessageMayWaitForSeveral) {
  const auto seq = queue(kitchen_, "for both", ada_);
  must(outbox_.add({seq, kitchen_, bob_, at_ms(0)}));
  must(outbox_.add({seq, kitchen_, bob_, at_ms(1)}));
  EXPECT_EQ(must(outbox_.all()).size(), 2U);
  EXPECT_TRUE(must(outbox_.remove(seq, ada_)));
  EXPECT_FALSE(must(outbox_.remove(seq, ada_)));
  EXPECT_EQ(waiting(kitchen_, ada_), Texts{});
  EXPECT_EQ(waiting(kitchen_, bob_), Texts{"for both"});
  EXPECT_FALSE(must(outbox_.remove(4711, bob_)));
}

TEST_F(OutboxTest, NothingWaitsForWhoWasRemoved) {
  const auto both = queue(kitchen_, "for both", ada_);
  must(outbox_.add({both, kitchen_, bob_, at_ms(0)}));
  queue(kitchen_, "for Bob", bob_);
  queue(cellar_, "in the cellar", bob_);
  EXPECT_EQ(must(outbox_.waiting_in(kitchen_)), 2U);
  must(outbox_.remove_all(kitchen_, bob_));
  must(outbox_.remove_all(kitchen_, bob_));
  EXPECT_EQ(waiting(kitchen_, bob_), Texts{});
  EXPECT_EQ(waiting(kitchen_, ada_), Texts{"for both"});
  EXPECT_EQ(waiting(cellar_, bob_), Texts{"in the cellar"});
  EXPECT_EQ(must(outbox_.waiting_in(kitchen_)), 1U);
  EXPECT_EQ(must(outbox_.waiting_in(RoomId())), 0U);
}

TEST_F(OutboxTest, NoMoreThanSoManyBytesAtOnce) {
  for (int i = 0; i < 5; ++i) queue(kitchen_, std::string(1000, 'a'), ada_);
  const auto fetch = [&](std::size_t bytes) {
    return must(outbox_.waiting(kitchen_, ada_, 0, 100, bytes)).size();
  };
  EXPECT_EQ(fetch(1), 1U);  // always one: it must get on
  EXPECT_EQ(fetch(2500), 3U);
  EXPECT_EQ(fetch(1'000'000), 5U);
}

TEST_F(OutboxTest, AMessageIsTakenOutForAll) {
  const auto seq = queue(kitchen_, "for both", ada_);
  EXPECT_FALSE(must(outbox_.add({seq, kitchen_, ada_, at_ms(0)})));
  EXPECT_TRUE(must(outbox_.add({seq, kitchen_, bob_, at_ms(0)})));
  queue(kitchen_, "another", ada_);
  EXPECT_EQ(must(outbox_.remove_all(seq)), 2U);
  EXPECT_EQ(must(outbox_.remove_all(seq)), 0U);
  EXPECT_EQ(waiting(kitchen_, ada_), Texts{"another"});
  EXPECT_EQ(waiting(kitchen_, bob_), Texts{});
}

TEST_F(OutboxTest, KnowsWhatIsOldAndWhereSomethingWaits) {
  EXPECT_TRUE(must(outbox_.rooms()).empty());
  const auto one = queue(kitchen_, "one", ada_);
  queue(kitchen_, "two", bob_);
  const auto three = queue(cellar_, "three", ada_);
  EXPECT_EQ(must(outbox_.rooms()).size(), 2U);
  const auto old = must(outbox_.queued_before(at_ms(three)));
  ASSERT_EQ(old.size(), 2U);
  EXPECT_EQ(old[0].message_seq, one);
  EXPECT_TRUE(must(outbox_.queued_before(at_ms(one))).empty());
}

TEST_F(OutboxTest, WhatWasQueuedByAClockThatWasAheadHidesNothingOld) {
  const auto ahead = must(messages_.add(message_row(kitchen_, "from the future"))).seq;
  must(outbox_.add({ahead, kitchen_, ada_, at_ms(1'000'000)}));
  const auto later = queue(kitchen_, "later", ada_);
  const auto old = must(outbox_.queued_before(at_ms(1'000)));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].message_seq, later);
}

TEST_F(OutboxTest, AllIsOldestFirstAndSurvivesAReopening) {
  const auto first = queue(cellar_, "one", bob_);
  const auto second = queue(kitchen_, "two", ada_);
  Database again = open();
  const auto all = must(Outbox(again).all());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].message_seq, first);
  EXPECT_EQ(all[0].room, cellar_);
  EXPECT_EQ(all[0].recipient, bob_);
  EXPECT_EQ(all[0].queued, at_ms(first));
  EXPECT_EQ(all[1].message_seq, second);
}

TEST_F(OutboxTest, AnEntryMovedToAnotherMessageOrRecipientIsRefused) {
  queue(kitchen_, "for Ada", ada_);
  queue(kitchen_, "for Bob", bob_);
  RawSqlite raw(file());
  raw.run("UPDATE outbox SET seq = 3 - seq");
  expect_failed(outbox_.waiting(kitchen_, ada_, 0, 10), Errc::damaged);
  expect_failed(outbox_.all(), Errc::damaged);
  raw.run("UPDATE outbox SET seq = 3 - seq");
  EXPECT_EQ(waiting(kitchen_, ada_), Texts{"for Ada"});
  raw.run("UPDATE outbox SET recipient = zeroblob(3) WHERE seq = 1");
  expect_failed(outbox_.all(), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
