#include "store/forget.h"

#include "store/chains.h"
#include "store/connection.h"
#include "store/deposits.h"
#include "store/mailboxes.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ForgetTest : public StoreTest {
 protected:
  ForgetTest() {
    must(Contacts(*database_).put(ada_));
    must(Contacts(*database_).put(bob_));
    InviteRow invite = invite_row(kitchen_, 5);
    invite_ = invite.id;
    must(Invites(*database_).add(invite));
    must(Invites(*database_).pin(invite_, ada_.fingerprint));
    MemberRow member = member_row(kitchen_);
    member.identity_pk = ada_.identity_pk;
    must(Members(*database_).put(member));
    say(kitchen_, ada_, "from Ada");
    say(kitchen_, bob_, "from Bob");
    say(cellar_, bob_, "in the cellar");
  }

  MessageRow say(const RoomId& room, const ContactRow& author, const std::string& text) {
    MessageRow row = message_row(room, text);
    row.author = author.identity_pk;
    const auto seq = must(messages_->add(row)).seq;
    must(Outbox(*database_).add({seq, room, ada_.identity_pk, at_ms(7)}));
    said_.push_back(row);
    return row;
  }
  Texts texts(const RoomId& room) { return texts_of(must(messages_->history(room, {}))); }
  void close() {
    messages_.reset();
    database_.reset();
  }
  std::string raw(const std::string& sql) { return RawSqlite(file()).text(sql); }
  // Whether any file of the store holds these bytes.
  bool on_disk(ByteView bytes) const {
    for (const auto& entry : std::filesystem::directory_iterator(file().parent_path())) {
      if (!entry.path().filename().string().starts_with("sotto.")) continue;
      if (to_string(read_file(entry.path())).find(to_string(bytes)) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  std::optional<Database> database_{open()};
  std::optional<Messages> messages_{*database_};
  ContactRow ada_ = contact_row("Ada");
  ContactRow bob_ = contact_row("Bob");
  RoomId kitchen_ = add_room(*database_);
  RoomId cellar_ = add_room(*database_, "cellar");
  InviteId invite_;
  std::vector<MessageRow> said_;
};

TEST_F(ForgetTest, MeasuresWhatWouldGo) {
  const auto room = must(measure(*database_, {{kitchen_}, {}}));
  EXPECT_EQ(room.messages, 2);
  EXPECT_EQ(room.waiting, 2);
  EXPECT_EQ(room.memberships, 1);
  EXPECT_EQ(room.invites, 1);
  const auto person = must(measure(*database_, {{}, ada_.identity_pk}));
  EXPECT_EQ(person.messages, 1);
  EXPECT_EQ(person.memberships, 1);
  EXPECT_EQ(person.invites, 1);
  const auto both = must(measure(*database_, {{cellar_}, bob_.identity_pk}));
  EXPECT_EQ(both.messages, 2);
  EXPECT_EQ(both.memberships, 0);
  EXPECT_EQ(texts(kitchen_).size(), 2U);
}

TEST_F(ForgetTest, ARoomGoesWithAllThatIsItsAndTheOthersStay) {
  EXPECT_TRUE(must(forget(*database_, {{kitchen_}, {}})));
  EXPECT_FALSE(must(Rooms(*database_).by_id(kitchen_)));
  EXPECT_TRUE(texts(kitchen_).empty());
  EXPECT_TRUE(must(Members(*database_).of(kitchen_)).empty());
  EXPECT_FALSE(must(Invites(*database_).find(invite_)));
  EXPECT_EQ(texts(cellar_), Texts{"in the cellar"});
  EXPECT_EQ(must(Outbox(*database_).all()).size(), 1U);
  EXPECT_TRUE(must(Contacts(*database_).by_name("Ada")));
  EXPECT_EQ(raw("SELECT count(*) FROM room_keys"), "1");
}

// What was shown once stays known by its id alone.
TEST_F(ForgetTest, WhatComesAgainIsKnownAndNotTakenIn) {
  must(forget(*database_, {{kitchen_}, {}}));
  RoomRow again = room_row("kitchen");
  again.id = kitchen_;
  must(Rooms(*database_).put(again));
  const auto repeated = must(messages_->add(said_[0]));
  EXPECT_EQ(repeated.outcome, Messages::Added::forgotten);
  EXPECT_TRUE(texts(kitchen_).empty());
  say(kitchen_, bob_, "something new");
  EXPECT_EQ(texts(kitchen_), Texts{"something new"});
}

TEST_F(ForgetTest, APersonGoesWithTheirWordsAndOthersStay) {
  must(forget(*database_, {{}, ada_.identity_pk}));
  EXPECT_FALSE(must(Contacts(*database_).by_name("Ada")));
  EXPECT_EQ(texts(kitchen_), Texts{"from Bob"});
  EXPECT_TRUE(must(Members(*database_).of(kitchen_)).empty());
  EXPECT_TRUE(must(Invites(*database_).find(invite_))->revoked);
  EXPECT_EQ(must(messages_->add(said_[0])).outcome, Messages::Added::forgotten);
  close();
  Database again = open();
  EXPECT_EQ(texts_of(must(Messages(again).history(kitchen_, {}))), Texts{"from Bob"});
}

// What is left of a session with them goes too, and with it what waits on a relay.
TEST_F(ForgetTest, ChainsAndMailboxesGoWithThePersonAndWithTheRoom) {
  const auto add = [&](const RoomId& room, const ContactRow& who) {
    must(Mailboxes(*database_)
             .put({room, who.identity_pk, crypto::Ed25519SecretKey(entropy_), {}}));
    must(Chains(*database_)
             .put({.id = ChainId::random(entropy_), .room = room, .peer = who.identity_pk}));
  };
  const auto chains = [&](const RoomId& room, const ContactRow& who) {
    const auto rows = must(Chains(*database_).of(room, who.identity_pk));
    const bool has_mailbox =
        must(Mailboxes(*database_).find(room, who.identity_pk)).has_value();
    EXPECT_EQ(has_mailbox, !rows.empty());
    return rows.size();
  };
  add(kitchen_, ada_);
  add(kitchen_, bob_);
  add(cellar_, ada_);
  const auto entry = must(Outbox(*database_).all()).front();
  must(Deposits(*database_)
           .put({entry.message_seq,
                 entry.room,
                 entry.recipient,
                 at_ms(7),
                 entry.recipient,
                 {},
                 {to_bytes("sealed")}}));
  const std::string before = raw("SELECT sealed FROM chains ORDER BY n LIMIT 1 OFFSET 1");
  must(forget(*database_, {{}, ada_.identity_pk}));
  EXPECT_EQ(chains(kitchen_, ada_), 0U);
  EXPECT_EQ(chains(cellar_, ada_), 0U);
  EXPECT_EQ(chains(kitchen_, bob_), 1U);
  EXPECT_NE(raw("SELECT sealed FROM chains"), before) << "sealed under the new store key";
  EXPECT_EQ(raw("SELECT count(*) FROM deposits"), "0");
  must(forget(*database_, {{kitchen_}, {}}));
  EXPECT_EQ(raw("SELECT count(*) FROM chains"), "0");
  EXPECT_EQ(raw("SELECT count(*) FROM mailboxes"), "0");
}

TEST_F(ForgetTest, AnOutboxOutlivesAForgottenPerson) {
  const auto before = must(Outbox(*database_).all()).size();
  must(forget(*database_, {{}, bob_.identity_pk}));
  EXPECT_EQ(before, 3U);
  const auto left = must(Outbox(*database_).waiting(kitchen_, ada_.identity_pk, 0, 10));
  EXPECT_EQ(texts_of(left), Texts{"from Ada"});
  EXPECT_EQ(must(Outbox(*database_).all()).size(), 1U);
}

// The thief of the files, with the profile key: nothing of what went is there, not even sealed.
TEST_F(ForgetTest, NothingIsLeftInTheFilesNorReadableInAnOldCopy) {
  const Bytes body = to_bytes(raw("SELECT body FROM messages WHERE seq = 1"));
  const Bytes room_key = to_bytes(raw(
      "SELECT sealed FROM room_keys WHERE room = (SELECT room FROM messages WHERE seq = 1)"));
  const Bytes other = to_bytes(raw("SELECT body FROM messages WHERE seq = 3"));
  ASSERT_TRUE(on_disk(body));
  ASSERT_TRUE(on_disk(room_key));
  must(database_->connection().truncate_log());
  std::filesystem::copy_file(file(), dir_ / "old.db");
  EXPECT_TRUE(must(forget(*database_, {{kitchen_}, {}})));
  EXPECT_FALSE(on_disk(body));
  EXPECT_FALSE(on_disk(room_key));
  EXPECT_TRUE(on_disk(other)) << "of a room that stays";
  EXPECT_EQ(read_file(dir_ / "sotto.db-wal").size(), 0U);

  // The old copy with everything that the profile key opens today.
  std::filesystem::copy_file(dir_ / "sotto.key", dir_ / "old.key");
  expect_failed(Database::open(dir_ / "old.db", profile_key_, entropy_), Errc::damaged);
  close();
  const auto keys = must(StoreKeyFile(file(), profile_key_.copy(), entropy_).read());
  ASSERT_EQ(keys.size(), 1U);
  const auto id = DatabaseId::from(as_bytes(
      RawSqlite(dir_ / "old.db").text("SELECT value FROM meta WHERE name = 'database_id'")));
  const Bytes index = to_bytes(
      RawSqlite(dir_ / "old.db").text("SELECT room FROM room_keys ORDER BY room LIMIT 1"));
  const Bytes sealed = to_bytes(
      RawSqlite(dir_ / "old.db").text("SELECT sealed FROM room_keys ORDER BY room LIMIT 1"));
  const Sealer thief(keys[0].key, crypto::SymmetricKey(), *id, entropy_);
  Bytes out(sealed.size() - Sealer::overhead);
  EXPECT_FALSE(thief.open({"room_keys", index, "sealed"}, sealed, out));
}

// The words of one person: their room's key is another one afterwards, too.
TEST_F(ForgetTest, AnOldCopyOfAPersonsWordsDoesNotOpenWithTheKeysOfToday) {
  const BlindIndex room = database_->connection().room_index(kitchen_);
  const Bytes before = to_bytes(must(database_->connection().keys().of_room(room))->view());
  const Bytes body = to_bytes(raw("SELECT body FROM messages WHERE seq = 1"));
  const Bytes kept = to_bytes(raw("SELECT body FROM messages WHERE seq = 2"));
  must(forget(*database_, {{}, ada_.identity_pk}));
  EXPECT_NE(to_bytes(must(database_->connection().keys().of_room(room))->view()), before);
  EXPECT_FALSE(on_disk(body));
  EXPECT_FALSE(on_disk(kept)) << "sealed anew";
}

TEST_F(ForgetTest, AReaderKeepsTheLogButNotWhatIsInIt) {
  Database other = open();
  RawSqlite reader(file());
  reader.run("BEGIN");
  reader.text("SELECT count(*) FROM messages");
  const Bytes room_key = to_bytes(raw("SELECT sealed FROM room_keys"));
  EXPECT_FALSE(must(forget(*database_, {{kitchen_}, {}})));
  EXPECT_TRUE(texts(kitchen_).empty());
  EXPECT_TRUE(must(Messages(other).history(kitchen_, {})).empty());
  EXPECT_EQ(texts_of(must(Messages(other).history(cellar_, {}))), Texts{"in the cellar"});
}

}  // namespace
}  // namespace sotto::store
