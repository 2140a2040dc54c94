#include "store/row_reader.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

// What someone who can write the file, but has no key, may try on the tables of sealed rows.
class RowReaderTest : public StoreTest {
 protected:
  RowReaderTest() {
    must(contacts_.put(ada_));
    must(contacts_.put(bob_));
  }

  Database database_ = open();
  Contacts contacts_{database_};
  ContactRow ada_ = contact_row("Ada");
  ContactRow bob_ = contact_row("Bob");
};

TEST_F(RowReaderTest, AValueOfAnotherRowIsRefused) {
  RawSqlite(file()).run(
      "UPDATE contacts SET sealed = (SELECT sealed FROM contacts WHERE n = 2) WHERE n = 1");
  expect_failed(contacts_.by_name("Ada"), Errc::damaged);
  expect_failed(contacts_.all(), Errc::damaged);
  EXPECT_TRUE(must(contacts_.by_name("Bob")));
}

TEST_F(RowReaderTest, ARowFoundUnderAnothersIndexIsRefused) {
  RawSqlite(file()).run(
      "CREATE TEMP TABLE old AS SELECT n, name, fingerprint FROM contacts;"
      "UPDATE contacts SET name = zeroblob(n), fingerprint = zeroblob(n);"
      "UPDATE contacts SET name = (SELECT name FROM old WHERE old.n = 3 - contacts.n),"
      " fingerprint = (SELECT fingerprint FROM old WHERE old.n = 3 - contacts.n);");
  expect_failed(contacts_.by_name("Ada"), Errc::damaged);
  expect_failed(contacts_.by_fingerprint(ada_.fingerprint), Errc::damaged);
}

TEST_F(RowReaderTest, AValueOfAnotherDatabaseOfTheProfileIsRefused) {
  const auto other_file = dir_ / "other.db";
  {
    Database other = must(Database::open(other_file, profile_key_, entropy_));
    must(Contacts(other).put(ada_));
  }
  RawSqlite(file()).run("ATTACH '" + other_file.string() +
                        "' AS other;"
                        "UPDATE contacts SET sealed = (SELECT sealed FROM other.contacts)"
                        " WHERE n = 1;");
  expect_failed(contacts_.by_name("Ada"), Errc::damaged);
}

TEST_F(RowReaderTest, EveryRepositoryChecksItsRows) {
  const RoomRow kitchen = room_row("kitchen");
  Rooms rooms(database_);
  Members members(database_);
  Invites invites(database_);
  Records records(database_);
  must(rooms.put(kitchen));
  const MemberRow member = member_row(kitchen.id);
  const InviteRow invite = invite_row(kitchen.id);
  must(members.put(member));
  must(invites.add(invite));
  const crypto::SymmetricKey secret(entropy_);
  must(records.put({secret.copy(), 1, at_ms(0), to_bytes("record")}));
  must(Identities(database_).save({crypto::Identity::generate(entropy_), "Ada"}));

  RawSqlite raw(file());
  for (const std::string table : {"identity", "rooms", "members", "invites", "records"}) {
    raw.run("UPDATE " + table + " SET sealed = substr(sealed, 1, length(sealed) - 1)");
  }
  expect_failed(Identities(database_).load(), Errc::damaged);
  expect_failed(rooms.all(), Errc::damaged);
  expect_failed(rooms.by_id(kitchen.id), Errc::damaged);
  expect_failed(rooms.put(kitchen), Errc::damaged);
  expect_failed(members.of(kitchen.id), Errc::damaged);
  expect_failed(members.by_tag(member.tag), Errc::damaged);
  expect_failed(members.find(kitchen.id, member.identity_pk), Errc::damaged);
  expect_failed(invites.of(kitchen.id), Errc::damaged);
  expect_failed(invites.find(invite.id), Errc::damaged);
  expect_failed(invites.revoke(invite.id), Errc::damaged);
  expect_failed(invites.pin(invite.id, crypto::Fingerprint()), Errc::damaged);
  expect_failed(records.find(secret), Errc::damaged);
  expect_failed(records.put({secret.copy(), 2, at_ms(0), {}}), Errc::damaged);
}

// A value that opens but has another layout: only a program with the key can write it.
TEST_F(RowReaderTest, ARowThatDoesNotParseIsRefused) {
  Connection& connection = database_.connection();
  const BlindIndex id = connection.index("contacts.id", ada_.identity_pk.view());
  const Bytes sealed = connection.seal({"contacts", id.view(), "sealed"}, as_bytes("short"));
  must(connection.statement("UPDATE contacts SET sealed = ?1 WHERE id = ?2")
           .bind(sealed)
           .bind(id.view())
           .run());
  expect_failed(contacts_.by_name("Ada"), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
