#include "store/check.h"

#include "store/chains.h"
#include "store/deposits.h"
#include "store/mailboxes.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class CheckTest : public StoreTest {
 protected:
  CheckTest() {
    must(Identities(database_).save({crypto::Identity::generate(entropy_), "Eve"}));
    for (const char* name : {"kitchen", "cellar"}) {
      const RoomId room = add_room(database_, name);
      must(Members(database_).put(member_row(room)));
      must(Invites(database_).add(invite_row(room)));
      must(Contacts(database_).put(contact_row(name)));
      must(Records(database_).put(
          {crypto::SymmetricKey(entropy_), 1, at_ms(9), to_bytes("record")}));
      const auto seq = must(Messages(database_).add(message_row(room, "hello"))).seq;
      must(Outbox(database_).add({seq, room, author_, at_ms(6)}));
      must(Mailboxes(database_).put({room, author_, crypto::Ed25519SecretKey(entropy_), {}}));
      ChainRow chain{.id = ChainId::random(entropy_), .room = room, .peer = author_};
      must(Chains(database_).put(chain));
      must(Deposits(database_).put({seq, room, author_, at_ms(7), author_, {}, {}}));
    }
  }

  Database database_ = open();
};

TEST_F(CheckTest, AWholeStoreIsWhole) {
  must(check_pages(database_));
  must(check_rows(database_, {}));
}

// Each sealed value of each table: one that is changed, and one from another row.
TEST_F(CheckTest, EveryTableIsLookedAt) {
  const std::pair<const char*, const char*> sealed[] = {
      {"identity", "sealed"},  {"contacts", "sealed"}, {"rooms", "sealed"},
      {"room_keys", "sealed"}, {"members", "sealed"},  {"invites", "sealed"},
      {"messages", "head"},    {"messages", "body"},   {"outbox", "sealed"},
      {"records", "sealed"},   {"chains", "sealed"},   {"mailboxes", "sealed"},
      {"deposits", "sealed"}};
  for (const auto& [table, column] : sealed) {
    const std::string name = table;
    const std::string value = column;
    RawSqlite raw(file());
    raw.run("DROP TABLE IF EXISTS temp.k; CREATE TEMP TABLE k AS SELECT * FROM " + name);
    raw.run("UPDATE " + name + " SET " + value + " = zeroblob(length(" + value + "))");
    {
      Database again = open();
      expect_failed(check_rows(again, {}), Errc::damaged);
    }
    raw.run("DELETE FROM " + name + "; INSERT INTO " + name + " SELECT * FROM k");
    if (name == "identity") continue;
    raw.run("UPDATE " + name + " SET " + value + " = (SELECT k." + value + " FROM k WHERE k." +
            value + " <> " + name + "." + value + ")");
    {
      Database again = open();
      expect_failed(check_rows(again, {}), Errc::damaged);
    }
    raw.run("PRAGMA foreign_keys = OFF; DELETE FROM " + name + "; INSERT INTO " + name +
            " SELECT * FROM k");
  }
  must(check_rows(database_, {}));
}

TEST_F(CheckTest, SaysHowFarItIs) {
  const RoomId room = add_room(database_, "attic");
  must(database_.transaction([&]() -> Result<void> {
    for (int i = 0; i < 1000; ++i) must(Messages(database_).add(message_row(room, "x")));
    return {};
  }));
  std::vector<std::int64_t> seen;
  must(check_rows(database_, [&](std::int64_t done, std::int64_t of) {
    EXPECT_GT(of, 1000);
    seen.push_back(done);
  }));
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front(), 512);
}

}  // namespace
}  // namespace sotto::store
