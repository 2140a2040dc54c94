#include "store/members.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class MembersTest : public StoreTest {
 protected:
  static void expect_same(const std::optional<MemberRow>& found, const MemberRow& row) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->room, row.room);
    EXPECT_EQ(found->identity_pk, row.identity_pk);
    EXPECT_EQ(found->invite, row.invite);
    EXPECT_EQ(found->tag, row.tag);
    EXPECT_EQ(to_bytes(found->psk.view()), to_bytes(row.psk.view()));
    EXPECT_EQ(to_bytes(found->record_secret.view()), to_bytes(row.record_secret.view()));
    EXPECT_EQ(found->access_used, row.access_used);
    EXPECT_EQ(found->removed, row.removed);
    EXPECT_EQ(found->removed_after, row.removed_after);
    EXPECT_EQ(found->joined, row.joined);
    EXPECT_EQ(found->last_seen, row.last_seen);
  }

  Database database_ = open();
  Members members_{database_};
  RoomId room_ = add_room(database_);
};

TEST_F(MembersTest, AreFoundByTagAndByIdentity) {
  const MemberRow ada = member_row(room_);
  must(members_.put(ada));
  must(members_.put(member_row(room_)));
  expect_same(must(members_.by_tag(ada.tag)), ada);
  expect_same(must(members_.find(room_, ada.identity_pk)), ada);
  EXPECT_FALSE(must(members_.by_tag(ada.invite)));
  EXPECT_FALSE(must(members_.find(RoomId(), ada.identity_pk)));
}

TEST_F(MembersTest, PutReplacesAndKeepsTheOrderOfJoining) {
  MemberRow ada = member_row(room_);
  const MemberRow bob = member_row(room_);
  must(members_.put(ada));
  must(members_.put(bob));
  const LinkRef before = ada.tag;
  ada.tag = LinkRef::random(entropy_);
  ada.access_used = true;
  ada.removed = true;
  ada.removed_after = 70'000;
  ada.last_seen = at_ms(9);
  must(members_.put(ada));
  expect_same(must(members_.by_tag(ada.tag)), ada);
  EXPECT_FALSE(must(members_.by_tag(before)));
  const auto all = must(members_.of(room_));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].identity_pk, ada.identity_pk);
  EXPECT_EQ(all[1].identity_pk, bob.identity_pk);
}

TEST_F(MembersTest, OneIdentityMayBeInSeveralRooms) {
  const RoomId cellar = add_room(database_, "cellar");
  MemberRow here = member_row(room_);
  MemberRow there = member_row(cellar);
  there.identity_pk = here.identity_pk;
  must(members_.put(here));
  must(members_.put(there));
  expect_same(must(members_.find(room_, here.identity_pk)), here);
  expect_same(must(members_.find(cellar, here.identity_pk)), there);
  EXPECT_EQ(must(members_.of(cellar)).size(), 1U);
}

}  // namespace
}  // namespace sotto::store
