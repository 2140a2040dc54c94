#include "store/schema.h"

#include <thread>

#include "paths.h"
#include "store/chains.h"
#include "store/check.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class SchemaTest : public StoreTest {
 protected:
  void expect_refused_unchanged(Errc expected) {
    const Bytes before = read_file(file());
    expect_failed(try_open(), expected);
    EXPECT_EQ(read_file(file()), before);
  }
};

TEST_F(SchemaTest, AFreshFileIsMarkedAndWorks) {
  {
    Database database = open();
    add_room(database);
  }
  RawSqlite raw(file());
  EXPECT_EQ(raw.text("PRAGMA application_id"), std::to_string(0x736f7474));
  EXPECT_EQ(raw.text("PRAGMA user_version"), std::to_string(migrations().size()));
  EXPECT_EQ(raw.text("PRAGMA integrity_check"), "ok");
  Database database = open();
  EXPECT_EQ(must(Rooms(database).all()).size(), 1U);
}

TEST_F(SchemaTest, AnEmptyFileBecomesAStore) {
  write_file(file(), {});
  Database database = open();
  add_room(database);
}

TEST_F(SchemaTest, AnEmptyDatabaseOfVersionZeroBecomesAStore) {
  RawSqlite(file()).run("CREATE TABLE gone (n); DROP TABLE gone; PRAGMA user_version = 0");
  Database database = open();
  add_room(database);
}

TEST_F(SchemaTest, ANewerFileIsRefusedAndLeftAsItIs) {
  {
    Database database = open();
  }
  RawSqlite(file()).run("PRAGMA user_version = 1000");
  expect_refused_unchanged(Errc::newer);
}

TEST_F(SchemaTest, AnotherProgramsFileIsRefusedAndLeftAsItIs) {
  RawSqlite(file()).run("CREATE TABLE recipes (name)");
  expect_refused_unchanged(Errc::damaged);
  RawSqlite(file()).run("PRAGMA application_id = 1; PRAGMA user_version = 1");
  expect_refused_unchanged(Errc::damaged);
}

TEST_F(SchemaTest, WhatIsNoDatabaseIsRefusedAndLeftAsItIs) {
  write_file(file(), as_bytes(std::string(10'000, 'x')));
  expect_refused_unchanged(Errc::damaged);
  write_file(file(), as_bytes("SQLite format 3"));
  expect_refused_unchanged(Errc::damaged);
}

TEST_F(SchemaTest, AnotherProfilesKeyIsRefused) {
  {
    Database database = open();
  }
  const crypto::SymmetricKey other(entropy_);
  expect_failed(Database::open(file(), other, entropy_), Errc::damaged);
  open();
}

TEST_F(SchemaTest, ASchemaThatWasTamperedWithIsRefused) {
  {
    Database database = open();
  }
  const Bytes good = read_file(file());
  for (const std::string sql : {
           "DROP INDEX messages_not_shown",
           "CREATE TRIGGER t AFTER INSERT ON messages BEGIN DELETE FROM outbox; END",
           R"(PRAGMA writable_schema = ON;
              UPDATE sqlite_schema SET sql = replace(sql, 'shown = 0', 'shown = 1')
              WHERE name = 'messages_not_shown')",
           "DELETE FROM meta WHERE name = 'canary'",
           "DELETE FROM meta WHERE name = 'database_id'",
           "UPDATE meta SET value = zeroblob(16) WHERE name = 'database_id'",
           "UPDATE meta SET value = zeroblob(15) WHERE name = 'database_id'",
           "DROP TABLE meta",
       }) {
    write_file(file(), good);
    RawSqlite(file()).run(sql);
    expect_failed(try_open(), Errc::damaged);
  }
  write_file(file(), good);
  open();
}

// A store that version 1 of the schema made, with the profile key of these tests.
TEST_F(SchemaTest, AnOlderFileGoesForwardAndKeepsEverything) {
  for (const char* name : {"sotto.db", "sotto.key"}) {
    write_file(dir_ / name,
               read_file(std::filesystem::path(SOTTO_TEST_DATA) / "store-v1" / name));
    std::filesystem::permissions(dir_ / name, std::filesystem::perms(0600));
  }
  EXPECT_EQ(RawSqlite(file()).text("PRAGMA user_version"), "1");
  {
    Database database = open();
    const auto room = must(Rooms(database).by_name("kitchen"));
    ASSERT_TRUE(room);
    EXPECT_TRUE(must(Contacts(database).by_name("Ada")));
    EXPECT_EQ(must(Members(database).of(room->id)).size(), 1U);
    EXPECT_EQ(texts_of(must(Messages(database).history(room->id, {}))), Texts{"hello"});
    EXPECT_EQ(must(Outbox(database).count()), 1U);
    EXPECT_TRUE(must(Chains(database).of(room->id, author_)).empty());
    must(check_pages(database));
  }
  EXPECT_EQ(RawSqlite(file()).text("PRAGMA user_version"), std::to_string(migrations().size()));
  open();
}

// Every connection finds a whole store, whoever came first.
TEST_F(SchemaTest, SeveralMayMakeTheSameFileAtOnce) {
  for (int round = 0; round < 10; ++round) {
    const auto path = dir_ / ("shared" + std::to_string(round) + ".db");
    std::vector<std::jthread> threads;
    threads.reserve(3);
    for (std::uint64_t i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        SeededEntropy entropy(1000 + i);
        const auto opened = Database::open(path, profile_key_, entropy);
        EXPECT_TRUE(opened) << opened.error().text();
      });
    }
  }
}

}  // namespace
}  // namespace sotto::store
