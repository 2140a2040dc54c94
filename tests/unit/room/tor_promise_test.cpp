#include "room/tor_promise.h"

#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class TorPromiseTest : public RoomTest {
 protected:
  store::RoomRow join(const std::string& name) {
    const auto room = add_room(anna_, name);
    const auto file = invite(anna_, room);
    return must(in_transaction(
                    bob_.database,
                    [&] { return keep_connection(bob_.database, file, std::nullopt, now_); }))
        .room;
  }
  bool stored(const RoomId& room) {
    return must(store::Rooms(bob_.database).by_id(room))->tor_only;
  }

  bool host_is_promised() {
    return must(store::Contacts(bob_.database).by_identity(anna_.identity()))->tor_only;
  }

  Household anna_{entropy_, "anna"};
  Household bob_{entropy_, "bob"};
};

TEST_F(TorPromiseTest, StandsWithTheRoomAndItsHost) {
  auto kitchen = join("kitchen");
  EXPECT_FALSE(kitchen.tor_only);
  EXPECT_FALSE(host_is_promised());
  must(promise_tor(bob_.database, kitchen));
  EXPECT_TRUE(kitchen.tor_only);
  EXPECT_TRUE(stored(kitchen.id));
  EXPECT_TRUE(host_is_promised());
  // No address stays that leads there another way.
  EXPECT_TRUE(must(wire::decode_reach(kitchen.reach.view())).direct.empty());
}

TEST_F(TorPromiseTest, HoldsForRoomsOfThatHostThatAreMetLater) {
  auto kitchen = join("kitchen");
  must(promise_tor(bob_.database, kitchen));
  EXPECT_TRUE(stored(join("cellar").id));
}

TEST_F(TorPromiseTest, IsLiftedForBoth) {
  auto kitchen = join("kitchen");
  must(promise_tor(bob_.database, kitchen));
  must(lift_tor_promise(bob_.database, kitchen));
  EXPECT_FALSE(stored(kitchen.id));
  EXPECT_FALSE(stored(join("cellar").id));
}

TEST_F(TorPromiseTest, AConnectionFileCannotLiftIt) {
  auto kitchen = join("kitchen");
  must(promise_tor(bob_.database, kitchen));
  const auto again = invite(anna_, *must(store::Rooms(anna_.database).by_name("kitchen")));
  EXPECT_FALSE(again.reach.tor_only);
  must(in_transaction(bob_.database, [&] {
    return keep_connection(bob_.database, again, std::nullopt, now_);
  }));
  EXPECT_TRUE(stored(kitchen.id));
  const auto row = must(store::Rooms(bob_.database).by_id(kitchen.id));
  EXPECT_TRUE(must(wire::decode_reach(row->reach.view())).direct.empty());
}

TEST_F(TorPromiseTest, AFileWithoutAnOnionLeavesTheOneOfBefore) {
  auto kitchen = join("kitchen");
  must(promise_tor(bob_.database, kitchen));
  auto file = invite(anna_, *must(store::Rooms(anna_.database).by_name("kitchen")));
  file.reach.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
  const auto keep = [&] {
    must(in_transaction(bob_.database, [&] {
      return keep_connection(bob_.database, file, std::nullopt, now_);
    }));
    const auto row = must(store::Rooms(bob_.database).by_id(kitchen.id));
    return must(wire::decode_reach(row->reach.view()));
  };
  EXPECT_TRUE(keep().direct.empty());
  file.reach.onion.reset();
  ASSERT_TRUE(keep().onion);
  EXPECT_EQ(keep().onion->address, onion_host);
}

TEST_F(TorPromiseTest, OfAnOwnRoomIsTheRoomsAlone) {
  auto own = add_room(bob_, "attic");
  must(promise_tor(bob_.database, own));
  EXPECT_TRUE(stored(own.id));
  EXPECT_TRUE(contact_names(bob_).empty());
}

}  // namespace
}  // namespace sotto::room
