#include "room/membership.h"

#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class MembershipTest : public RoomTest {
 protected:
  std::optional<store::MemberRow> member() {
    return must(store::Members(host_.database).find(room_.id, bob_.card.identity_pk));
  }

  Household host_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  store::RoomRow room_ = add_room(host_, "kitchen");
};

TEST_F(MembershipTest, ARemovalRemembersTheNewestInvite) {
  invite(host_, room_);
  invite(host_, room_);
  add_member(host_, room_, bob_.card);
  EXPECT_TRUE(must(remove_member(host_.database, room_.id, bob_.card.identity_pk)));
  EXPECT_TRUE(member()->removed);
  EXPECT_EQ(member()->removed_after, 2U);
  invite(host_, room_);
  EXPECT_FALSE(must(remove_member(host_.database, room_.id, bob_.card.identity_pk)));
  EXPECT_EQ(member()->removed_after, 2U) << "a second removal does not void a later invite";
  EXPECT_FALSE(must(remove_member(host_.database, room_.id, host_.identity())));
}

TEST_F(MembershipTest, NothingWaitsForWhoWasRemoved) {
  add_member(host_, room_, bob_.card);
  store::MessageRow message;
  message.room = room_.id;
  message.author = host_.identity();
  message.id = MessageId::random(entropy_);
  const auto seq = must(store::Messages(host_.database).add(message)).seq;
  store::Outbox outbox(host_.database);
  must(outbox.add({seq, room_.id, bob_.card.identity_pk, now_}));
  must(remove_member(host_.database, room_.id, bob_.card.identity_pk));
  EXPECT_FALSE(must(outbox.waits(seq)));
}

TEST_F(MembershipTest, TheLastSightIsKept) {
  must(note_last_seen(host_.database, room_.id, bob_.card.identity_pk, now_));  // no member
  EXPECT_FALSE(member());
  add_member(host_, room_, bob_.card);
  EXPECT_FALSE(member()->last_seen);
  must(note_last_seen(host_.database, room_.id, bob_.card.identity_pk, at_ms(7)));
  EXPECT_EQ(member()->last_seen, at_ms(7));
  must(remove_member(host_.database, room_.id, bob_.card.identity_pk));
  must(note_last_seen(host_.database, room_.id, bob_.card.identity_pk, at_ms(9)));
  EXPECT_TRUE(member()->removed) << "a link that ends late does not bring anybody back";
}

}  // namespace
}  // namespace sotto::room
