#include "store/deposits.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class DepositsTest : public StoreTest {
 protected:
  DepositsTest() {
    seq_ = must(Messages(database_).add(message_row(room_, "hello"))).seq;
    must(Outbox(database_).add({seq_, room_, peer_, at_ms(6)}));
  }
  DepositRow deposit() {
    return {.message_seq = seq_,
            .room = room_,
            .recipient = peer_,
            .made = at_ms(7),
            .mailbox = mailbox_,
            .relays = {},
            .parts = {to_bytes("one"), to_bytes("two")}};
  }
  bool is_there() { return must(deposits_.find(seq_, room_, peer_)).has_value(); }

  Database database_ = open();
  Deposits deposits_{database_};
  RoomId room_ = add_room(database_);
  crypto::Ed25519PublicKey peer_ = crypto::Ed25519PublicKey::random(entropy_);
  crypto::Ed25519PublicKey mailbox_ = crypto::Ed25519PublicKey::random(entropy_);
  std::int64_t seq_ = 0;
};

TEST_F(DepositsTest, RowsComeBackAsTheyWere) {
  EXPECT_TRUE(must(deposits_.put(deposit())));
  auto found = must(deposits_.find(seq_, room_, peer_));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->made, at_ms(7));
  EXPECT_EQ(found->mailbox, mailbox_);
  EXPECT_EQ(found->parts, (std::vector{to_bytes("one"), to_bytes("two")}));
  found->relays = {"wss://one.example/"};
  found->parts.clear();
  EXPECT_TRUE(must(deposits_.put(*found)));
  const auto marked = must(deposits_.find(seq_, room_, peer_));
  EXPECT_EQ(marked->relays, std::vector<std::string>{"wss://one.example/"});
  EXPECT_TRUE(marked->parts.empty());
  must(deposits_.remove(seq_, room_, peer_));
  EXPECT_FALSE(is_there());
}

TEST_F(DepositsTest, GoWithTheirEntryOfTheOutbox) {
  must(deposits_.put(deposit()));
  EXPECT_TRUE(must(Outbox(database_).remove(seq_, peer_)));
  EXPECT_FALSE(is_there());
  EXPECT_FALSE(must(deposits_.put(deposit()))) << "what was delivered is not sealed any more";
  must(Outbox(database_).add({seq_, room_, peer_, at_ms(8)}));
  EXPECT_FALSE(is_there());
  must(deposits_.put(deposit()));
  must(Rooms(database_).remove(room_));
  EXPECT_FALSE(is_there());
}

}  // namespace
}  // namespace sotto::store
