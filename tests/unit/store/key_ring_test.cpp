#include "store/key_ring.h"

#include "store/connection.h"
#include "store/meta.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class KeyRingTest : public StoreTest {
 protected:
  std::filesystem::path key_file() const { return dir_ / "sotto.key"; }
  std::size_t keys_in_file() {
    return must(StoreKeyFile(file(), profile_key_.copy(), entropy_).read()).size();
  }
  static void replace(Database& database) {
    Connection& connection = database.connection();
    must(connection.transaction([&] { return connection.keys().replace_store_key(); }));
  }
  static void drop_old(Database& database) {
    Connection& connection = database.connection();
    must(connection.transaction([&] { return connection.keys().drop_old_store_keys(); }));
  }
  void expect_whole(Database& database) {
    EXPECT_TRUE(must(Rooms(database).by_name("kitchen")));
    EXPECT_TRUE(must(Contacts(database).by_name("Ada")));
    EXPECT_EQ(must(Members(database).of(room_)).size(), 1U);
    EXPECT_EQ(must(Invites(database).of(room_)).size(), 1U);
    EXPECT_EQ(must(Identities(database).load())->name, "Eve");
    EXPECT_TRUE(must(Records(database).find(record_secret_)));
    EXPECT_EQ(texts_of(must(Messages(database).history(room_, {}))), Texts{"hello"});
    EXPECT_EQ(must(Outbox(database).all()).size(), 1U);
  }
  // A row in every table.
  void fill(Database& database) {
    must(Identities(database).save({crypto::Identity::generate(entropy_), "Eve"}));
    room_ = add_room(database);
    must(Contacts(database).put(contact_row("Ada")));
    must(Members(database).put(member_row(room_)));
    must(Invites(database).add(invite_row(room_)));
    must(Records(database).put({record_secret_.copy(), 1, at_ms(9), to_bytes("record")}));
    const auto seq = must(Messages(database).add(message_row(room_, "hello"))).seq;
    must(Outbox(database).add({seq, room_, author_, at_ms(6)}));
  }

  crypto::SymmetricKey record_secret_{entropy_};
  RoomId room_;
};

TEST_F(KeyRingTest, EverythingOpensUnderTheNewKeyAndNothingUnderTheOld) {
  Bytes old_copy;
  {
    Database database = open();
    fill(database);
    old_copy = read_file(file());
    const Bytes old_wal = read_file(dir_ / "sotto.db-wal");
    replace(database);
    expect_whole(database);
    EXPECT_EQ(keys_in_file(), 2U);
    drop_old(database);
    EXPECT_EQ(keys_in_file(), 1U);
    expect_whole(database);
    Database again = open();
    expect_whole(again);
  }
  Database database = open();
  expect_whole(database);
}

TEST_F(KeyRingTest, ACopyOfTheDatabaseFromBeforeOpensNoMore) {
  {
    Database database = open();
    fill(database);
    must(database.connection().truncate_log());
    std::filesystem::copy_file(file(), dir_ / "old.db");
    replace(database);
    drop_old(database);
  }
  std::filesystem::copy_file(key_file(), dir_ / "old.key");
  expect_failed(Database::open(dir_ / "old.db", profile_key_, entropy_), Errc::damaged);
}

// Between any two steps of a replacement the store opens, and the next opening ends it.
TEST_F(KeyRingTest, ACrashBeforeTheCommitLeavesTheOldKey) {
  {
    Database database = open();
    fill(database);
    must(database.connection().truncate_log());
  }
  const Bytes before = read_file(file());
  {
    Database database = open();
    replace(database);
  }
  std::filesystem::remove(dir_ / "sotto.db-wal");
  std::filesystem::remove(dir_ / "sotto.db-shm");
  write_file(file(), before);
  EXPECT_EQ(keys_in_file(), 2U);
  Database database = open();
  expect_whole(database);
  EXPECT_EQ(keys_in_file(), 1U);
}

TEST_F(KeyRingTest, ACrashAfterTheCommitLeavesTheNewKey) {
  {
    Database database = open();
    fill(database);
    replace(database);
  }
  EXPECT_EQ(keys_in_file(), 2U);
  Database database = open();
  EXPECT_EQ(keys_in_file(), 1U);
  expect_whole(database);
}

TEST_F(KeyRingTest, AReplacementThatIsRolledBackChangesNothing) {
  Database database = open();
  fill(database);
  Connection& connection = database.connection();
  const auto failed = connection.transaction([&]() -> Result<void> {
    must(connection.keys().replace_store_key());
    return fail(Errc::io, "No.");
  });
  expect_failed(failed, Errc::io);
  must(Contacts(database).put(contact_row("Bob")));
  expect_whole(database);
  Database again = open();
  expect_whole(again);
  EXPECT_TRUE(must(Contacts(again).by_name("Bob")));
}

// Two processes at work on a store: the other reads and writes on under the new key.
TEST_F(KeyRingTest, OthersFollow) {
  Database database = open();
  fill(database);
  Database other = open();
  expect_whole(other);
  replace(database);
  drop_old(database);
  expect_whole(other);
  must(Contacts(other).put(contact_row("Bob")));
  replace(database);
  drop_old(database);
  must(other.transaction([&] { return Contacts(other).put(contact_row("Carl")); }));
  must(Messages(other).add(message_row(room_, "more")));
  EXPECT_TRUE(must(Contacts(database).by_name("Bob")));
  EXPECT_TRUE(must(Contacts(database).by_name("Carl")));
  EXPECT_EQ(must(Messages(database).history(room_, {})).size(), 2U);
}

TEST_F(KeyRingTest, ARoomKeyOfARolledBackTransactionIsNotUsedAgain) {
  Database database = open();
  room_ = add_room(database);
  const auto failed = database.transaction([&]() -> Result<void> {
    must(Messages(database).add(message_row(room_, "lost")));
    return fail(Errc::io, "No.");
  });
  expect_failed(failed, Errc::io);
  must(Messages(database).add(message_row(room_, "kept")));
  Database again = open();
  EXPECT_EQ(texts_of(must(Messages(again).history(room_, {}))), Texts{"kept"});
}

TEST_F(KeyRingTest, RoomsHaveKeysOfTheirOwn) {
  Database database = open();
  const RoomId kitchen = add_room(database);
  const RoomId cellar = add_room(database, "cellar");
  KeyRing& keys = database.connection().keys();
  const auto index = [&](const RoomId& room) { return database.connection().room_index(room); };
  const Bytes one = to_bytes(must(keys.of_room_or_new(index(kitchen)))->view());
  const Bytes two = to_bytes(must(keys.of_room_or_new(index(cellar)))->view());
  EXPECT_NE(one, two);
  EXPECT_EQ(to_bytes(must(keys.of_room(index(kitchen)))->view()), one);
  expect_failed(keys.of_room(index(RoomId::random(entropy_))), Errc::damaged);
  expect_failed(keys.of_room_or_new(index(RoomId::random(entropy_))), Errc::gone);
}

TEST_F(KeyRingTest, AMissingOrForeignKeyFileIsRefused) {
  {
    Database database = open();
    fill(database);
  }
  const Bytes good = read_file(key_file());
  std::filesystem::remove(key_file());
  expect_failed(try_open(), Errc::damaged);
  const StoreKey other = StoreKey::generate(entropy_);
  must(StoreKeyFile(file(), profile_key_.copy(), entropy_).write(std::span(&other, 1)));
  expect_failed(try_open(), Errc::damaged);
  write_file(key_file(), good);
  Database database = open();
  expect_whole(database);
}

TEST_F(KeyRingTest, ASwappedRoomKeyIsRefused) {
  Database database = open();
  const RoomId kitchen = add_room(database);
  const RoomId cellar = add_room(database, "cellar");
  must(Messages(database).add(message_row(kitchen, "one")));
  must(Messages(database).add(message_row(cellar, "two")));
  RawSqlite(file()).run(
      "CREATE TEMP TABLE k AS SELECT room, sealed FROM room_keys;"
      "UPDATE room_keys SET sealed ="
      " (SELECT sealed FROM k WHERE k.room <> room_keys.room)");
  Database swapped = open();
  expect_failed(Messages(swapped).history(kitchen, {}), Errc::damaged);
  RawSqlite(file()).run("DELETE FROM room_keys");
  Database removed = open();
  expect_failed(Messages(removed).history(kitchen, {}), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
