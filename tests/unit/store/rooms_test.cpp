#include "store/rooms.h"

#include "store/connection.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class RoomsTest : public StoreTest {
 protected:
  static void expect_same(const std::optional<Credential>& a,
                          const std::optional<Credential>& b) {
    ASSERT_EQ(a.has_value(), b.has_value());
    if (!a) return;
    EXPECT_EQ(a->ref, b->ref);
    EXPECT_EQ(to_bytes(a->psk.view()), to_bytes(b->psk.view()));
  }

  static void expect_same(const std::optional<RoomRow>& found, const RoomRow& row) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, row.id);
    EXPECT_EQ(found->name, row.name);
    EXPECT_EQ(found->hosted, row.hosted);
    EXPECT_EQ(found->host, row.host);
    EXPECT_EQ(to_bytes(found->reach.view()), to_bytes(row.reach.view()));
    EXPECT_EQ(found->port, row.port);
    EXPECT_EQ(found->tor_only, row.tor_only);
    EXPECT_EQ(found->added, row.added);
    expect_same(found->invite, row.invite);
    expect_same(found->access, row.access);
    EXPECT_EQ(found->came_by, row.came_by);
    ASSERT_EQ(found->record_secret.has_value(), row.record_secret.has_value());
    if (row.record_secret) {
      EXPECT_EQ(to_bytes(found->record_secret->view()), to_bytes(row.record_secret->view()));
    }
    ASSERT_EQ(found->onion_key.has_value(), row.onion_key.has_value());
    if (row.onion_key) {
      EXPECT_EQ(to_bytes(found->onion_key->view()), to_bytes(row.onion_key->view()));
    }
    ASSERT_EQ(found->access_onion_client.has_value(), row.access_onion_client.has_value());
    if (row.access_onion_client) {
      EXPECT_EQ(to_bytes(found->access_onion_client->view()),
                to_bytes(row.access_onion_client->view()));
    }
    ASSERT_EQ(found->slot_seed.has_value(), row.slot_seed.has_value());
    if (row.slot_seed) {
      EXPECT_EQ(to_bytes(found->slot_seed->view()), to_bytes(row.slot_seed->view()));
    }
    ASSERT_EQ(found->onion_spares.size(), row.onion_spares.size());
    for (std::size_t i = 0; i < row.onion_spares.size(); ++i) {
      EXPECT_EQ(to_bytes(found->onion_spares[i].view()), to_bytes(row.onion_spares[i].view()));
    }
  }

  Credential credential() {
    return {LinkRef::random(entropy_), crypto::SymmetricKey(entropy_)};
  }

  Database database_ = open();
  Rooms rooms_{database_};
};

TEST_F(RoomsTest, HostedAndJoinedOnesComeBack) {
  RoomRow hosted = room_row("kitchen");
  hosted.onion_key.emplace(entropy_);
  for (int i = 0; i < 3; ++i) hosted.onion_spares.emplace_back(entropy_);
  hosted.slot_seed.emplace(entropy_);
  RoomRow joined = room_row("cellar");
  joined.hosted = false;
  joined.port = 0;
  joined.tor_only = true;
  joined.access_onion_client.emplace(entropy_);
  joined.invite = credential();
  joined.record_secret = crypto::SymmetricKey(entropy_);
  must(rooms_.put(hosted));
  must(rooms_.put(joined));
  expect_same(must(rooms_.by_id(hosted.id)), hosted);
  expect_same(must(rooms_.by_name("cellar")), joined);
  EXPECT_FALSE(must(rooms_.by_name("attic")));
  EXPECT_FALSE(must(rooms_.by_id(RoomId())));

  joined.invite.reset();
  joined.access = credential();
  joined.came_by = LinkRef::random(entropy_);
  joined.reach = Secret();
  must(rooms_.put(joined));
  expect_same(must(rooms_.by_id(joined.id)), joined);
  const auto all = must(rooms_.all());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "kitchen");
  EXPECT_EQ(all[1].name, "cellar");
}

// Of a profile that was made before rows had their last field, or the one before it.
TEST_F(RoomsTest, AShorterRowOfBeforeIsRead) {
  const RoomRow room = room_row("kitchen");
  must(rooms_.put(room));
  Connection& connection = database_.connection();
  for (int missing = 1; missing <= 2; ++missing) {
    Bytes shorter;
    {
      Statement select = connection.statement("SELECT id, sealed FROM rooms");
      ASSERT_TRUE(must(select.row()));
      const Place place{"rooms", select.blob(0), "sealed"};
      auto fields = must(connection.open_sealed(place, select.blob(1)));
      shorter = connection.seal(place, ByteView(fields).first(fields.size() - 1));
    }
    must(connection.statement("UPDATE rooms SET sealed = ?1").bind(shorter).run());
    expect_same(must(rooms_.by_id(room.id)), room);
  }
}

TEST_F(RoomsTest, ANameBelongsToOne) {
  must(rooms_.put(room_row("kitchen")));
  RoomRow other = room_row("cellar");
  must(rooms_.put(other));
  other.name = "kitchen";
  expect_failed(rooms_.put(other), Errc::name_taken);
  EXPECT_TRUE(must(rooms_.by_name("cellar")));
}

TEST_F(RoomsTest, ReplacingARoomKeepsItsRows) {
  RoomRow room = room_row("kitchen");
  must(rooms_.put(room));
  must(Messages(database_).add(message_row(room.id, "hello")));
  room.port = 1;
  must(rooms_.put(room));
  EXPECT_EQ(must(Messages(database_).history(room.id, {})).size(), 1U);
}

TEST_F(RoomsTest, RemovingARoomRemovesItsRowsAndNoOthers) {
  const RoomId kitchen = add_room(database_, "kitchen");
  const RoomId cellar = add_room(database_, "cellar");
  Members members(database_);
  Invites invites(database_);
  Messages messages(database_);
  Outbox outbox(database_);
  for (const RoomId& room : {kitchen, cellar}) {
    must(members.put(member_row(room)));
    const InviteRow invite = invite_row(room);
    must(invites.add(invite));
    must(invites.pin(invite.id, crypto::Fingerprint::random(entropy_)));
    const auto added = must(messages.add(message_row(room, "hello")));
    must(outbox.add({added.seq, room, author_, at_ms(0)}));
  }
  must(rooms_.remove(kitchen));
  must(rooms_.remove(kitchen));

  EXPECT_TRUE(must(members.of(kitchen)).empty());
  EXPECT_TRUE(must(invites.of(kitchen)).empty());
  EXPECT_TRUE(must(messages.history(kitchen, {})).empty());
  EXPECT_EQ(must(members.of(cellar)).size(), 1U);
  EXPECT_EQ(must(invites.of(cellar)).size(), 1U);
  EXPECT_EQ(must(messages.history(cellar, {})).size(), 1U);
  EXPECT_EQ(must(outbox.all()).size(), 1U);
  EXPECT_EQ(RawSqlite(file()).text("SELECT count(*) FROM pins"), "1");
}

TEST_F(RoomsTest, RowsOfARoomThatIsGoneAreRefused) {
  const RoomId nowhere = RoomId::random(entropy_);
  expect_failed(Members(database_).put(member_row(nowhere)), Errc::gone);
  expect_failed(Invites(database_).add(invite_row(nowhere)), Errc::gone);
  expect_failed(Messages(database_).add(message_row(nowhere, "hello")), Errc::gone);
  expect_failed(Outbox(database_).add({1, nowhere, author_, at_ms(0)}), Errc::gone);
}

}  // namespace
}  // namespace sotto::store
