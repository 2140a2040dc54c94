#include "store/archive.h"

#include "store/chains.h"
#include "store/connection.h"
#include "store/deposits.h"
#include "store/forget.h"
#include "store/mailboxes.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ArchiveTest : public StoreTest {
 protected:
  ArchiveTest() {
    must(Identities(database_).save({crypto::Identity::generate(entropy_), "Eve"}));
    kitchen_ = add_room(database_);
    must(Contacts(database_).put(ada_));
    MemberRow member = member_row(kitchen_);
    member.identity_pk = ada_.identity_pk;
    must(Members(database_).put(member));
    must(Invites(database_).add(invite_row(kitchen_, 3)));
    InviteRow spent = invite_row(kitchen_, 1);
    spent_ = spent.id;
    must(Invites(database_).add(spent));
    must(Invites(database_).pin(spent_, ada_.fingerprint));
    must(Records(database_).put({secret_.copy(), 7, at_ms(9), to_bytes("record")}));
    said_ = message_row(kitchen_, "hello");
    const auto seq = must(Messages(database_).add(said_)).seq;
    must(Outbox(database_).add({seq, kitchen_, ada_.identity_pk, at_ms(6)}));
    must(Messages(database_).add(message_row(kitchen_, "second")));
    must(Mailboxes(database_).put(
        {kitchen_, ada_.identity_pk, crypto::Ed25519SecretKey(entropy_), {}}));
    must(Chains(database_).put(
        {.id = ChainId::random(entropy_), .room = kitchen_, .peer = ada_.identity_pk}));
    must(Deposits(database_).put(
        {seq, kitchen_, ada_.identity_pk, at_ms(6), ada_.identity_pk, {}, {}}));
  }

  Archive archive() { return must(make_archive(database_, at_ms(77))); }
  // A store of another profile.
  Database fresh(const std::string& name = "fresh.db") {
    return must(Database::open(dir_ / name, other_key_, entropy_));
  }
  void expect_refused(ByteView bytes, Errc expected = Errc::damaged) {
    Database into = fresh("bad" + std::to_string(++bad_) + ".db");
    expect_failed(fill_from_archive(into, bytes), expected);
    EXPECT_TRUE(must(Rooms(into).all()).empty());
    EXPECT_FALSE(must(Identities(into).load()));
  }

  Database database_ = open();
  ContactRow ada_ = contact_row("Ada");
  RoomId kitchen_;
  InviteId spent_;
  MessageRow said_;
  crypto::SymmetricKey secret_{entropy_};
  crypto::SymmetricKey other_key_{entropy_};
  int bad_ = 0;
};

TEST_F(ArchiveTest, BringsEverythingBackUnderOtherKeys) {
  const Archive made = archive();
  EXPECT_EQ(made.contents.contacts, 1);
  EXPECT_EQ(made.contents.rooms, 1);
  EXPECT_EQ(made.contents.messages, 2);
  EXPECT_EQ(made.contents.waiting, 1);
  Database into = fresh();
  const auto filled = must(fill_from_archive(into, made.bytes.view()));
  EXPECT_EQ(filled.created, at_ms(77));
  EXPECT_EQ(filled.contents.messages, 2);
  EXPECT_EQ(must(Identities(into).load())->name, "Eve");
  EXPECT_EQ(must(Contacts(into).by_name("Ada"))->card, ada_.card);
  EXPECT_EQ(must(Rooms(into).by_name("kitchen"))->id, kitchen_);
  EXPECT_EQ(must(Members(into).find(kitchen_, ada_.identity_pk))->joined, at_ms(3));
  EXPECT_EQ(to_string(must(Records(into).find(secret_))->record), "record");
  EXPECT_EQ(texts_of(must(Messages(into).history(kitchen_, {}))), (Texts{"hello", "second"}));
  EXPECT_EQ(texts_of(must(Outbox(into).waiting(kitchen_, ada_.identity_pk, 0, 9))),
            Texts{"hello"});
  EXPECT_EQ(must(Messages(into).add(said_)).outcome, Messages::Added::duplicate);
  EXPECT_GT(must(Messages(into).add(message_row(kitchen_, "third"))).seq, 2);

  // Nothing that opens the one opens the other.
  expect_failed(Database::open(dir_ / "fresh.db", profile_key_, entropy_), Errc::damaged);
  const auto sealed = [](const std::filesystem::path& path) {
    return RawSqlite(path).text("SELECT head FROM messages WHERE seq = 1");
  };
  EXPECT_NE(sealed(file()), sealed(dir_ / "fresh.db"));
}

// Two that write one chain, or empty one mailbox, would each miss what the other has had.
TEST_F(ArchiveTest, LeavesChainsAndMailboxesBehind) {
  Database into = fresh();
  must(fill_from_archive(into, archive().bytes.view()));
  EXPECT_EQ(must(Outbox(into).count()), 1U);
  for (const char* table : {"chains", "mailboxes", "deposits"}) {
    const std::string count = std::string("SELECT count(*) FROM ") + table;
    EXPECT_EQ(RawSqlite(file()).text(count), "1");
    EXPECT_EQ(RawSqlite(dir_ / "fresh.db").text(count), "0");
  }
}

TEST_F(ArchiveTest, VoidsInvitesAndKeepsWhoTheyAdmitted) {
  Database into = fresh();
  const auto filled = must(fill_from_archive(into, archive().bytes.view()));
  EXPECT_EQ(filled.contents.invites, 1) << "the other one was used up";
  for (const InviteRow& invite : must(Invites(into).of(kitchen_))) EXPECT_TRUE(invite.revoked);
  EXPECT_EQ(must(Invites(into).pin(spent_, ada_.fingerprint)), Invites::Pin::burnt);
}

TEST_F(ArchiveTest, KeepsWhatWasForgottenForgotten) {
  must(forget(database_, {{kitchen_}, {}}));
  Database into = fresh();
  must(fill_from_archive(into, archive().bytes.view()));
  RoomRow again = room_row("kitchen");
  again.id = kitchen_;
  must(Rooms(into).put(again));
  EXPECT_EQ(must(Messages(into).add(said_)).outcome, Messages::Added::forgotten);
}

TEST_F(ArchiveTest, IsOneMomentWhileOthersWrite) {
  Database writer = open();
  must(database_.snapshot([&]() -> Result<void> {
    EXPECT_EQ(must(Messages(database_).history(kitchen_, {})).size(), 2U);
    must(Messages(writer).add(message_row(kitchen_, "meanwhile")));
    EXPECT_EQ(must(Messages(database_).history(kitchen_, {})).size(), 2U);
    return {};
  }));
  EXPECT_EQ(archive().contents.messages, 3);
}

TEST_F(ArchiveTest, CutsAreRefused) {
  const Archive made = archive();
  const ByteView bytes = made.bytes.view();
  for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 16) {
    expect_refused(bytes.first(length));
  }
  Bytes longer = to_bytes(bytes);
  longer.push_back(std::byte{0});
  expect_refused(longer);
}

TEST_F(ArchiveTest, ANewerVersionIsRefused) {
  Bytes bytes = to_bytes(archive().bytes.view());
  bytes[17] = std::byte{200};  // the last byte of the version
  expect_refused(bytes, Errc::newer);
}

TEST_F(ArchiveTest, RowsTwiceOrWithoutTheirRoomAreRefused) {
  const Bytes good = to_bytes(archive().bytes.view());
  // The rows stand in the order of the tables: the identity's first.
  constexpr std::size_t first_row = 14 + 4 + 8 + 32;
  const std::size_t identity_bytes = 1 + 8 + 4 + (96 + 4 + 3);
  Bytes twice(good.begin(), good.begin() + first_row + identity_bytes);
  append(twice, ByteView(good).subspan(first_row));
  expect_refused(twice);
  Bytes without_room(good.begin(), good.begin() + first_row);
  without_room.push_back(std::byte{7});  // messages
  append_be<std::uint64_t>(without_room, 1);
  for (int i = 0; i < 2; ++i) {
    append_be<std::uint32_t>(without_room, 16);
    append(without_room, Bytes(16, std::byte{9}));
  }
  append_be<std::uint64_t>(without_room, 0);
  for (int i = 0; i < 2; ++i) append_be<std::uint32_t>(without_room, 0);
  without_room.push_back(std::byte{255});
  append_be<std::uint64_t>(without_room, 1);
  expect_refused(without_room);
}

TEST_F(ArchiveTest, AReaderRefusesToWrite) {
  Database reader = must(database_.open_reader(entropy_));
  EXPECT_EQ(must(Messages(reader).history(kitchen_, {})).size(), 2U);
  expect_failed(Contacts(reader).put(contact_row("Bob")), Errc::read_only);
}

}  // namespace
}  // namespace sotto::store
