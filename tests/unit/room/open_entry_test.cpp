#include "room/open_entry.h"

#include "room/people.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class OpenEntryTest : public RoomTest {
 protected:
  OpenHost met(const crypto::Card& card, const std::string& address = "192.0.2.1",
               std::optional<RoomId> room = std::nullopt) {
    return {card, reach(address), room};
  }
  wire::Welcome welcome(const RoomId& room, const std::string& name = "kitchen") {
    wire::Welcome out;
    out.room_id = room;
    out.room_name = name;
    out.access = wire::Access{LinkRef::random(entropy_), crypto::SymmetricKey(entropy_),
                              crypto::SymmetricKey(entropy_)};
    return out;
  }
  Result<JoinedRoom> keep(const OpenHost& host, const wire::Welcome& its_welcome,
                          bool verified = false) {
    return in_transaction(bob_.database, [&] {
      return keep_open_room(bob_.database, host, its_welcome, verified, now_);
    });
  }
  Result<KnownHost> check(const OpenHost& host) { return check_open_host(bob_.database, host); }
  std::vector<store::RoomRow> rooms() { return must(store::Rooms(bob_.database).all()); }

  Household bob_{entropy_, "bob"};
  Person anna_{entropy_, "anna"};
  Person eve_{entropy_, "anna"};  // calls herself so
  RoomId room_ = RoomId::random(entropy_);
};

TEST_F(OpenEntryTest, ARoomIsKeptWithItsHostAddressAndAccess) {
  const auto its_welcome = welcome(room_);
  const auto joined = must(keep(met(anna_.card), its_welcome));
  EXPECT_EQ(joined.host, anna_.card);
  EXPECT_FALSE(joined.host_verified);
  EXPECT_EQ(joined.room.name, "kitchen");
  const auto kept = rooms();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].id, room_);
  EXPECT_FALSE(kept[0].hosted);
  EXPECT_EQ(kept[0].host, anna_.card.identity_pk);
  ASSERT_TRUE(kept[0].access);
  EXPECT_EQ(kept[0].access->ref, its_welcome.access->tag);
  EXPECT_FALSE(kept[0].invite);
  const auto reach = must(wire::decode_reach(kept[0].reach.view()));
  EXPECT_EQ(reach.direct, (std::vector<wire::DirectAddress>{{"192.0.2.1", 4711}}));
}

TEST_F(OpenEntryTest, AComparedHostIsVerifiedFromThenOn) {
  EXPECT_TRUE(must(keep(met(anna_.card), welcome(room_), true)).host_verified);
  // Not to be undone by entering again without comparing.
  EXPECT_TRUE(must(keep(met(anna_.card), welcome(room_), false)).host_verified);
}

TEST_F(OpenEntryTest, ALookChangesNothingAndKnowsWhoHostsForUs) {
  EXPECT_FALSE(must(check(met(anna_.card))).contact);
  EXPECT_TRUE(contact_names(bob_).empty());
  must(in_transaction(bob_.database, [&] { return meet(bob_.database, anna_.card, now_); }));
  // To have met somebody in a room is not to have agreed to be hosted.
  EXPECT_TRUE(must(check(met(anna_.card))).contact);
  EXPECT_FALSE(must(check(met(anna_.card))).hosts_for_us);
  must(keep(met(anna_.card), welcome(room_)));
  EXPECT_TRUE(must(check(met(anna_.card))).hosts_for_us);
}

TEST_F(OpenEntryTest, AKnownPersonWithOtherKeysIsRefused) {
  must(keep(met(anna_.card), welcome(room_)));
  const auto changed = with_other_static_key(anna_, entropy_);
  EXPECT_EQ(error_of(check(met(changed, "192.0.2.9"))), "contact.key_changed");
  EXPECT_EQ(error_of(keep(met(changed, "192.0.2.9"), welcome(RoomId::random(entropy_)))),
            "contact.key_changed");
  EXPECT_EQ(rooms().size(), 1U);
}

TEST_F(OpenEntryTest, AnotherHostAtAKnownAddressIsRefused) {
  must(keep(met(anna_.card), welcome(room_)));
  EXPECT_EQ(error_of(check(met(eve_.card))), "contact.key_changed");
  EXPECT_EQ(error_of(keep(met(eve_.card), welcome(RoomId::random(entropy_)))),
            "contact.key_changed");
  must(check(met(eve_.card, "192.0.2.2")));
  EXPECT_EQ(contact_names(bob_), Names{"anna"});
}

TEST_F(OpenEntryTest, AnotherHostOfAKnownRoomIsRefused) {
  must(keep(met(anna_.card), welcome(room_)));
  EXPECT_EQ(error_of(check(met(eve_.card, "192.0.2.2", room_))), "contact.key_changed");
  // Also when the address alone was named, and the welcome says which room it is.
  EXPECT_EQ(error_of(keep(met(eve_.card, "192.0.2.2"), welcome(room_))), "contact.key_changed");
  EXPECT_EQ(contact_names(bob_), Names{"anna"});
}

// A port of this machine is whoever's it is today.
TEST_F(OpenEntryTest, AnAddressSaysNothingWhereARoomWasNamed) {
  must(keep(met(anna_.card), welcome(room_)));
  const auto other = RoomId::random(entropy_);
  must(keep(met(eve_.card, "192.0.2.1", other), welcome(other)));
  EXPECT_EQ(rooms().size(), 2U);
  EXPECT_EQ(rooms()[1].name, "kitchen-2");
}

TEST_F(OpenEntryTest, EnteringAgainRefreshesAddressAndAccessAndKeepsTheName) {
  must(keep(met(anna_.card), welcome(room_)));
  const auto again = welcome(room_, "renamed");
  must(keep(met(anna_.card, "192.0.2.7"), again));
  const auto kept = rooms();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].name, "kitchen");
  EXPECT_EQ(kept[0].access->ref, again.access->tag);
  EXPECT_EQ(must(wire::decode_reach(kept[0].reach.view())).direct[0].host, "192.0.2.7");
}

TEST_F(OpenEntryTest, APromiseOfTorIsNotUndoneByAnAddress) {
  must(keep(met(anna_.card), welcome(room_)));
  auto row = std::move(rooms()[0]);
  row.tor_only = true;
  must(store::Rooms(bob_.database).put(row));
  must(keep(met(anna_.card, "192.0.2.7"), welcome(room_)));
  EXPECT_TRUE(rooms()[0].tor_only);
  EXPECT_EQ(must(wire::decode_reach(rooms()[0].reach.view())).direct[0].host, "192.0.2.1");
}

TEST_F(OpenEntryTest, ARoomOfOurOwnIsNoStrangers) {
  store::RoomRow own = room_row(bob_, "mine");
  must(store::Rooms(bob_.database).put(own));
  EXPECT_EQ(error_of(check(met(eve_.card, "192.0.2.2", own.id))), "contact.key_changed");
  // Its addresses are this machine's, where others may host, too.
  must(check(met(eve_.card, "192.0.2.1")));
}

// --- over Tor

TEST_F(OpenEntryTest, ARoomMetAtAnOnionIsReachedThroughTorFromThenOn) {
  OpenHost host{anna_.card, {}, std::nullopt};
  host.reach.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
  host.reach.tor_only = true;
  EXPECT_TRUE(must(keep(host, welcome(room_))).room.tor_only);
  // An address that the same host answers at later undoes nothing.
  const auto again = must(keep(met(anna_.card), welcome(room_))).room;
  EXPECT_TRUE(again.tor_only);
  const auto reach = must(wire::decode_reach(again.reach.view()));
  EXPECT_TRUE(reach.direct.empty());
  ASSERT_TRUE(reach.onion);
  EXPECT_EQ(reach.onion->address, onion_host);
}

TEST_F(OpenEntryTest, AnotherHostAtAKnownOnionIsRefused) {
  OpenHost host{anna_.card, {}, std::nullopt};
  host.reach.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
  must(keep(host, welcome(room_)));
  host.card = eve_.card;
  EXPECT_EQ(error_of(check(host)), "contact.key_changed");
}

}  // namespace
}  // namespace sotto::room
