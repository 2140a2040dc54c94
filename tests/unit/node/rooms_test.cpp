#include "node/rooms.h"

#include "room/people.h"
#include "store/members.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class RoomsTest : public NodeTest {
 protected:
  void add_member(const store::RoomRow& room, const std::string& name) {
    const auto card = profile(name).card();
    must(room::meet(anna_.database(), card, wall_now()));
    store::MemberRow row;
    row.room = room.id;
    row.identity_pk = card.identity_pk;
    row.tag = LinkRef::random(system_entropy());
    row.joined = wall_now();
    must(store::Members(anna_.database()).put(row));
  }

  Profile anna_ = profile("anna");
};

TEST_F(RoomsTest, ARoomOfOursShowsItsPeopleInvitesAndAddresses) {
  const auto room = add_room(anna_, "kitchen", 4711);
  add_member(room, "bob");
  add_member(room, "carl");
  must(make_invite(anna_, {"kitchen", 1, std::nullopt}));
  must(make_invite(anna_, {"kitchen", 1, milliseconds(0)}));  // over already
  const auto details = must(show_room(anna_, {"kitchen"}));
  EXPECT_EQ(details.room.id, to_hex(room.id.view()));
  EXPECT_TRUE(details.room.hosted);
  EXPECT_TRUE(details.room.verified);
  EXPECT_EQ(details.room.host, "anna");
  EXPECT_EQ(details.room.members, 2U);
  EXPECT_EQ(details.invites, 1U);
  EXPECT_EQ(details.addresses, Names{"127.0.0.1:4711"});
  ASSERT_EQ(details.people.size(), 2U);
  EXPECT_EQ(details.people[0].name, "bob");
  EXPECT_FALSE(details.people[0].present);
  EXPECT_FALSE(details.people[0].last_seen);
  EXPECT_EQ(error_of(show_room(anna_, {"attic"})), "room.unknown");
}

TEST_F(RoomsTest, ARoomThatIsPromisedToTorSaysSoAndWhereItIs) {
  auto room = add_room(anna_, "ops");
  EXPECT_FALSE(must(show_room(anna_, {"ops"})).room.tor_only);
  wire::Reach reach;
  reach.onion = wire::OnionAddress{std::string(56, 'a') + ".onion", 4711, std::nullopt};
  reach.tor_only = true;
  room.reach = wire::encode(reach);
  room.tor_only = true;
  must(store::Rooms(anna_.database()).put(room));
  const auto details = must(show_room(anna_, {"ops"}));
  EXPECT_TRUE(details.room.tor_only);
  EXPECT_EQ(details.addresses, Names{std::string(56, 'a') + ".onion:4711"});
  EXPECT_TRUE(must(list_rooms(anna_, {})).rooms.at(0).tor_only);
}

TEST_F(RoomsTest, ARoomOfSomebodyElseShowsItsHost) {
  Profile bob = profile("bob");
  add_room(bob, "attic");
  auto access = must(Access::open(profile_options(dir_ / "anna")));
  must(import_file(access, export_to(bob, "attic", "file"), no_passphrase(), std::nullopt));
  const auto rooms = must(list_rooms(anna_, {})).rooms;
  ASSERT_EQ(rooms.size(), 1U);
  EXPECT_FALSE(rooms[0].hosted);
  EXPECT_EQ(rooms[0].host, "bob");
  EXPECT_FALSE(rooms[0].verified);
  EXPECT_FALSE(rooms[0].open);
  EXPECT_FALSE(rooms[0].members);
  must(verify_contact(anna_, {"bob", own_card(bob).fingerprint}));
  EXPECT_TRUE(must(list_rooms(anna_, {})).rooms.at(0).verified);
  EXPECT_EQ(error_of(kick(anna_, {"attic", "bob"})), "room.unknown");
}

TEST_F(RoomsTest, KickingTakesAMemberOnce) {
  add_member(add_room(anna_, "kitchen"), "bob");
  const auto kicked = must(kick(anna_, {"kitchen", "bob"}));
  EXPECT_EQ(kicked.room, "kitchen");
  EXPECT_EQ(kicked.who.name, "bob");
  EXPECT_EQ(error_of(kick(anna_, {"kitchen", "bob"})), "contact.unknown");
  EXPECT_EQ(error_of(kick(anna_, {"kitchen", "nobody"})), "contact.unknown");
  EXPECT_EQ(error_of(kick(anna_, {"attic", "bob"})), "room.unknown");
  EXPECT_EQ(must(show_room(anna_, {"kitchen"})).room.members, 0U);
}

TEST_F(RoomsTest, RemovingLeavesOtherRoomsAlone) {
  add_room(anna_, "kitchen");
  add_room(anna_, "cellar");
  EXPECT_EQ(must(remove_room(anna_, {"kitchen"})).name, "kitchen");
  EXPECT_EQ(room_names(anna_), Names{"cellar"});
  EXPECT_EQ(error_of(remove_room(anna_, {"kitchen"})), "room.unknown");
  EXPECT_FALSE(must(close_room(anna_, {"cellar"})).was_open);
}

}  // namespace
}  // namespace sotto::node
