#include "store/chains.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ChainsTest : public StoreTest {
 protected:
  ChainRow chain(const crypto::Ed25519PublicKey& peer) {
    return {.id = ChainId::random(entropy_),
            .room = room_,
            .peer = peer,
            .sending = true,
            .kept = false,
            .header_key = crypto::SymmetricKey(entropy_),
            .key = crypto::SymmetricKey(entropy_),
            .next = 7,
            .made = at_ms(3)};
  }
  static std::vector<ChainId> ids(const std::vector<ChainRow>& rows) {
    std::vector<ChainId> out;
    for (const ChainRow& row : rows) out.push_back(row.id);
    return out;
  }

  Database database_ = open();
  Chains chains_{database_};
  RoomId room_ = add_room(database_);
  crypto::Ed25519PublicKey peer_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(ChainsTest, RowsComeBackAsTheyWere) {
  ChainRow row = chain(peer_);
  must(chains_.put(row));
  row.kept = true;
  row.next = 4'000'000'000;
  row.replaced = at_ms(9);
  row.skipped.push_back({5, crypto::SymmetricKey(entropy_)});
  row.skipped.push_back({6, crypto::SymmetricKey(entropy_)});
  must(chains_.put(row));
  const auto found = must(chains_.find(row.id));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->room, room_);
  EXPECT_EQ(found->peer, peer_);
  EXPECT_TRUE(found->sending);
  EXPECT_TRUE(found->kept);
  EXPECT_EQ(to_bytes(found->header_key.view()), to_bytes(row.header_key.view()));
  EXPECT_EQ(to_bytes(found->key.view()), to_bytes(row.key.view()));
  EXPECT_EQ(found->next, 4'000'000'000U);
  EXPECT_EQ(found->made, at_ms(3));
  EXPECT_EQ(found->replaced, at_ms(9));
  ASSERT_EQ(found->skipped.size(), 2U);
  EXPECT_EQ(found->skipped[1].index, 6U);
  EXPECT_EQ(to_bytes(found->skipped[1].key.view()), to_bytes(row.skipped[1].key.view()));
}

TEST_F(ChainsTest, EachPersonOfEachRoomHasTheirsInOrder) {
  const auto other = crypto::Ed25519PublicKey::random(entropy_);
  const ChainRow first = chain(peer_);
  const ChainRow second = chain(peer_);
  const ChainRow others = chain(other);
  ChainRow elsewhere = chain(peer_);
  elsewhere.room = add_room(database_, "cellar");
  const ChainRow* const rows[] = {&first, &others, &second, &elsewhere};
  for (const ChainRow* row : rows) must(chains_.put(*row));
  EXPECT_EQ(ids(must(chains_.of(room_, peer_))), (std::vector{first.id, second.id}));
  EXPECT_EQ(ids(must(chains_.of(room_, other))), std::vector{others.id});
  must(chains_.remove(first.id));
  EXPECT_FALSE(must(chains_.find(first.id)));
  EXPECT_EQ(ids(must(chains_.of(room_, peer_))), std::vector{second.id});
  must(chains_.remove_all(room_, peer_));
  EXPECT_TRUE(must(chains_.of(room_, peer_)).empty());
  EXPECT_TRUE(must(chains_.find(elsewhere.id)));
  must(Rooms(database_).remove(elsewhere.room));
  EXPECT_FALSE(must(chains_.find(elsewhere.id)));
}

}  // namespace
}  // namespace sotto::store
