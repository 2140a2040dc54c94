#include "store/history.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class HistoryTest : public StoreTest {
 protected:
  void say(const RoomId& room, const crypto::Ed25519PublicKey& author, const std::string& text,
           std::int64_t ms = 5) {
    MessageRow row = message_row(room, text);
    row.author = author;
    row.received = at_ms(ms);
    must(Messages(database_).add(row));
  }
  // All pages, newest first.
  Texts all(PageQuery query, std::size_t* pages = nullptr) {
    Texts texts;
    while (true) {
      const Page page = must(read_page(database_, query));
      EXPECT_LE(page.rows.size(), query.most_rows);
      if (pages != nullptr) ++*pages;
      for (const MessageRow& row : page.rows) texts.push_back(to_string(row.message));
      if (!page.next) return texts;
      query.before = *page.next;
    }
  }

  Database database_ = open();
  RoomId kitchen_ = add_room(database_, "kitchen");
  RoomId cellar_ = add_room(database_, "cellar");
  crypto::Ed25519PublicKey bob_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(HistoryTest, PagesTogetherAreTheWhole) {
  Texts expected;
  for (int i = 0; i < 25; ++i) {
    say(kitchen_, author_, std::to_string(i));
    say(cellar_, author_, "elsewhere");
    expected.insert(expected.begin(), std::to_string(i));
  }
  PageQuery query;
  query.room = kitchen_;
  query.most_rows = 10;
  std::size_t pages = 0;
  EXPECT_EQ(all(query, &pages), expected);
  EXPECT_EQ(pages, 3U);
  query.most_rows = 500;
  query.most_bytes = 4;
  EXPECT_EQ(all(query), expected);
  query.most_bytes = 1 << 20;
  query.most_looked_at = 3;
  EXPECT_EQ(all(query), expected);
}

TEST_F(HistoryTest, OneAuthorInAllRooms) {
  say(kitchen_, bob_, "one");
  say(kitchen_, author_, "not his");
  say(cellar_, bob_, "two");
  PageQuery query;
  query.author = bob_;
  EXPECT_EQ(all(query), (Texts{"two", "one"}));
}

TEST_F(HistoryTest, SinceAndWhatMatches) {
  say(kitchen_, author_, "old apple", 10);
  say(kitchen_, author_, "new apple", 20);
  say(kitchen_, author_, "new pear", 30);
  PageQuery query;
  query.room = kitchen_;
  query.since = at_ms(20);
  EXPECT_EQ(all(query), (Texts{"new pear", "new apple"}));
  query.matches = [](ByteView message) {
    return to_string(message).find("apple") != std::string::npos;
  };
  EXPECT_EQ(all(query), Texts{"new apple"});
}

// A search that finds nothing ends its pages all the same.
TEST_F(HistoryTest, APageEndsWhenEnoughWasLookedAt) {
  for (int i = 0; i < 10; ++i) say(kitchen_, author_, "hay");
  PageQuery query;
  query.matches = [](ByteView) { return false; };
  query.most_looked_at = 4;
  const Page page = must(read_page(database_, query));
  EXPECT_TRUE(page.rows.empty());
  EXPECT_EQ(page.looked_at, 4U);
  ASSERT_TRUE(page.next);
  std::size_t pages = 0;
  EXPECT_TRUE(all(query, &pages).empty());
  EXPECT_EQ(pages, 3U);
}

TEST_F(HistoryTest, ARowOfAnotherRoomIsRefused) {
  say(kitchen_, author_, "one");
  say(cellar_, author_, "two");
  RawSqlite(file()).run(
      "UPDATE messages SET room = (SELECT room FROM messages WHERE seq = 1) WHERE seq = 2");
  PageQuery query;
  query.room = kitchen_;
  expect_failed(read_page(database_, query), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
