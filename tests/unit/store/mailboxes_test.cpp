#include "store/mailboxes.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class MailboxesTest : public StoreTest {
 protected:
  Database database_ = open();
  Mailboxes mailboxes_{database_};
  RoomId room_ = add_room(database_);
  crypto::Ed25519PublicKey peer_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(MailboxesTest, RowsComeBackAsTheyWere) {
  EXPECT_FALSE(must(mailboxes_.find(room_, peer_)));
  MailboxRow row{room_, peer_, crypto::Ed25519SecretKey(entropy_), {}};
  must(mailboxes_.put(row));
  EXPECT_FALSE(must(mailboxes_.find(room_, peer_))->theirs);
  row.relays = {"wss://one.example/", "wss://two.example/"};
  row.theirs =
      TheirMailbox{crypto::Ed25519PublicKey::random(entropy_), {"wss://three.example/"}};
  must(mailboxes_.put(row));
  const auto found = must(mailboxes_.find(room_, peer_));
  ASSERT_TRUE(found && found->theirs);
  EXPECT_EQ(to_bytes(found->own.view()), to_bytes(row.own.view()));
  EXPECT_EQ(found->relays, row.relays);
  EXPECT_EQ(found->theirs->id, row.theirs->id);
  EXPECT_EQ(found->theirs->relays, row.theirs->relays);
}

TEST_F(MailboxesTest, GoWithTheirRoom) {
  const auto other = crypto::Ed25519PublicKey::random(entropy_);
  const RoomId cellar = add_room(database_, "cellar");
  for (const auto& [room, peer] :
       {std::pair(room_, peer_), std::pair(room_, other), std::pair(cellar, peer_)}) {
    must(mailboxes_.put({room, peer, crypto::Ed25519SecretKey(entropy_), {}}));
  }
  EXPECT_EQ(must(mailboxes_.of(room_)).size(), 2U);
  must(mailboxes_.remove(room_, other));
  EXPECT_EQ(must(mailboxes_.of(room_)).size(), 1U);
  must(Rooms(database_).remove(room_));
  EXPECT_TRUE(must(mailboxes_.of(room_)).empty());
  EXPECT_EQ(must(mailboxes_.of(cellar)).size(), 1U);
}

}  // namespace
}  // namespace sotto::store
