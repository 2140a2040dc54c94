#include "store/receipts.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ReceiptsTest : public StoreTest {
 protected:
  // A message of `author` that was shown.
  MessageRow shown(const RoomId& room, const crypto::Ed25519PublicKey& author,
                   const std::string& text) {
    MessageRow row = message_row(room, text);
    row.author = author;
    row.seq = must(messages_.add(row)).seq;
    return *must(messages_.mark_shown(row.seq));
  }
  std::vector<std::int64_t> owed(const RoomId& room, const crypto::Ed25519PublicKey& author,
                                 std::size_t limit = 100) {
    std::vector<std::int64_t> seqs;
    for (const auto& row : must(receipts_.owed(room, author, limit))) seqs.push_back(row.seq);
    return seqs;
  }
  using Seqs = std::vector<std::int64_t>;

  Database database_ = open();
  Messages messages_{database_};
  Receipts receipts_{database_};
  RoomId kitchen_ = add_room(database_, "kitchen");
  RoomId cellar_ = add_room(database_, "cellar");
  crypto::Ed25519PublicKey ada_ = crypto::Ed25519PublicKey::random(entropy_);
  crypto::Ed25519PublicKey bob_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(ReceiptsTest, AreOwedToEachAuthorInEachRoomUntilRemoved) {
  const auto one = shown(kitchen_, ada_, "one");
  const auto two = shown(kitchen_, ada_, "two");
  const auto bobs = shown(kitchen_, bob_, "from Bob");
  for (const auto& row : {one, two, bobs, one}) must(receipts_.add(row));
  EXPECT_EQ(owed(kitchen_, ada_), (Seqs{one.seq, two.seq}));
  EXPECT_EQ(owed(kitchen_, ada_, 1), Seqs{one.seq});
  EXPECT_EQ(owed(kitchen_, bob_), Seqs{bobs.seq});
  EXPECT_EQ(owed(cellar_, ada_), Seqs{});
  EXPECT_EQ(must(receipts_.owed(kitchen_, bob_, 1))[0].id, bobs.id);
  must(receipts_.remove(one.seq));
  must(receipts_.remove(one.seq));
  EXPECT_EQ(owed(kitchen_, ada_), Seqs{two.seq});
}

TEST_F(ReceiptsTest, GoWithTheirMessage) {
  const auto one = shown(kitchen_, ada_, "one");
  must(receipts_.add(one));
  must(messages_.remove(one.seq));
  EXPECT_EQ(owed(kitchen_, ada_), Seqs{});
  const auto two = shown(kitchen_, ada_, "two");
  must(receipts_.add(two));
  must(Rooms(database_).remove(kitchen_));
  EXPECT_EQ(owed(kitchen_, ada_), Seqs{});
}

TEST_F(ReceiptsTest, OneForAMessageThatWasNotShownIsRefused) {
  MessageRow row = message_row(kitchen_, "never shown");
  row.author = ada_;
  row.seq = must(messages_.add(row)).seq;
  must(receipts_.add(row));
  expect_failed(receipts_.owed(kitchen_, ada_, 10), Errc::damaged);
}

TEST_F(ReceiptsTest, OneThatWasGivenToAnotherIsRefused) {
  must(receipts_.add(shown(kitchen_, ada_, "from Ada")));
  must(receipts_.add(shown(kitchen_, bob_, "from Bob")));
  RawSqlite raw(file());
  raw.run(
      "UPDATE receipts SET author = (SELECT b.author FROM receipts AS b WHERE b.seq = 2)"
      " WHERE seq = 1");
  expect_failed(receipts_.owed(kitchen_, bob_, 10), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
