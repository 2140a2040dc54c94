#include "store/message_reader.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

// What someone who can write the file, but has no key, may try on messages.
class MessageReaderTest : public StoreTest {
 protected:
  MessageReaderTest() {
    must(messages_.add(message_row(room_, "one")));
    must(messages_.add(message_row(room_, "two")));
  }
  void expect_refused_after(const std::string& sql) {
    RawSqlite(file()).run(sql);
    expect_failed(messages_.find(1), Errc::damaged);
    expect_failed(messages_.history(room_, {}), Errc::damaged);
  }

  Database database_ = open();
  Messages messages_{database_};
  RoomId room_ = add_room(database_);
};

TEST_F(MessageReaderTest, ABodyOfAnotherRowIsRefused) {
  expect_refused_after(
      "UPDATE messages SET body = (SELECT body FROM messages WHERE seq = 2) WHERE seq = 1");
}

TEST_F(MessageReaderTest, AHeadOfAnotherRowIsRefused) {
  expect_refused_after(
      "UPDATE messages SET head = (SELECT head FROM messages WHERE seq = 2) WHERE seq = 1");
}

TEST_F(MessageReaderTest, WholeRowsCannotChangePlaces) {
  expect_refused_after(
      "UPDATE messages SET seq = 100 WHERE seq = 1;"
      "UPDATE messages SET seq = 1 WHERE seq = 2;");
}

TEST_F(MessageReaderTest, AValueOfAnotherColumnIsRefused) {
  expect_refused_after("UPDATE messages SET head = body WHERE seq = 1");
}

TEST_F(MessageReaderTest, ABodyCannotTakeThePlaceOfAHeadNorTheOtherWayRound) {
  expect_refused_after("UPDATE messages SET head = body, body = head WHERE seq = 1");
}

TEST_F(MessageReaderTest, TheOpenShownMustAgreeWithTheSealedOne) {
  expect_refused_after("UPDATE messages SET shown = 1 WHERE seq = 1");
}

TEST_F(MessageReaderTest, TruncatedValuesAreRefused) {
  expect_refused_after("UPDATE messages SET body = substr(body, 1, 39) WHERE seq = 1");
  RawSqlite(file()).run("UPDATE messages SET head = zeroblob(0) WHERE seq = 1");
  expect_failed(messages_.set_stage(1, Stage::read), Errc::damaged);
  expect_failed(messages_.mark_shown(1), Errc::damaged);
}

TEST_F(MessageReaderTest, AMessageCannotBeMovedToAnotherRoom) {
  const RoomId cellar = add_room(database_, "cellar");
  must(messages_.add(message_row(cellar, "three")));
  RawSqlite(file()).run(
      "UPDATE messages SET room = (SELECT room FROM messages WHERE seq = 3) WHERE seq = 1");
  expect_failed(messages_.history(cellar, {}), Errc::damaged);
  expect_failed(messages_.not_shown(cellar), Errc::damaged);
}

TEST_F(MessageReaderTest, ARowFoundUnderAnothersKeyIsRefused) {
  const MessageRow two = *must(messages_.find(2));
  RawSqlite(file()).run(
      "CREATE TEMP TABLE k AS SELECT key FROM messages WHERE seq = 2;"
      "DELETE FROM messages WHERE seq = 2;"
      "UPDATE messages SET key = (SELECT key FROM k) WHERE seq = 1;");
  expect_failed(messages_.find(room_, two.author, two.id), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
