#include "room/onion_access.h"

#include <algorithm>

#include "room/membership.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class OnionAccessTest : public RoomTest {
 protected:
  using Keys = std::vector<crypto::X25519PublicKey>;

  static crypto::X25519PublicKey public_of(const crypto::X25519SecretKey& key) {
    return crypto::X25519KeyPair::from(key.copy()).public_key;
  }

  // An invite with a key to the descriptor; the key.
  crypto::X25519PublicKey invite(InviteTerms its_terms, InviteId* id = nullptr) {
    its_terms.onion_client = take_onion_client(room_, entropy_);
    const auto key = public_of(*its_terms.onion_client);
    const auto file = must(draft_invite(room_, anna_.card(), std::move(its_terms), entropy_));
    must(keep_invite(anna_.database, file, now_));
    if (id != nullptr) *id = file.invite_id;
    return key;
  }
  void enter_by(const InviteId& id, const crypto::Card& who) {
    store::MemberRow row;
    row.room = room_.id;
    row.identity_pk = who.identity_pk;
    row.invite = id;
    row.tag = LinkRef::random(entropy_);
    row.joined = now_;
    must(store::Members(anna_.database).put(row));
    must(store::Invites(anna_.database).pin(id, crypto::fingerprint(who)));
  }
  // Whether the service lets who holds `key` read its descriptor.
  bool is_known(const crypto::X25519PublicKey& key, WallTime now) {
    const Keys keys = must(onion_clients(anna_.database, room_, now));
    return std::ranges::find(keys, key) != keys.end();
  }

  static store::RoomRow over_tor(store::RoomRow room) {
    wire::Reach reach;
    reach.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
    room.reach = wire::encode(reach);
    return room;
  }

  Household anna_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  store::RoomRow room_ = over_tor(add_room(anna_, "kitchen"));
};

TEST_F(OnionAccessTest, ARoomKeepsItsKeyAndHasSpares) {
  EXPECT_TRUE(prepare_onion(room_, entropy_));
  const Bytes key = to_bytes(room_.onion_key->view());
  EXPECT_EQ(room_.onion_spares.size(), onion_spares_most);
  EXPECT_FALSE(prepare_onion(room_, entropy_));
  EXPECT_EQ(to_bytes(room_.onion_key->view()), key);
}

TEST_F(OnionAccessTest, AnInviteTakesAKeyThatTheServiceKnowsAlready) {
  prepare_onion(room_, entropy_);
  const Keys before = must(onion_clients(anna_.database, room_, now_));
  const auto key = invite({});
  EXPECT_NE(std::ranges::find(before, key), before.end());
  EXPECT_TRUE(is_known(key, now_));
  EXPECT_EQ(must(onion_clients(anna_.database, room_, now_)).size(), before.size());
}

TEST_F(OnionAccessTest, SparesAreFilledUpBeforeTheyRunOut) {
  prepare_onion(room_, entropy_);
  while (room_.onion_spares.size() >= onion_spares_least) take_onion_client(room_, entropy_);
  EXPECT_TRUE(prepare_onion(room_, entropy_));
  EXPECT_EQ(room_.onion_spares.size(), onion_spares_most);
  room_.onion_spares.clear();
  EXPECT_NE(public_of(take_onion_client(room_, entropy_)),
            public_of(take_onion_client(room_, entropy_)));
}

TEST_F(OnionAccessTest, AnInviteThatWasTakenBackOrHasExpiredOpensNothing) {
  InviteId id;
  const auto revoked = invite({}, &id);
  const auto expiring = invite(terms(1, now_ + milliseconds(5)));
  must(store::Invites(anna_.database).revoke(id));
  EXPECT_FALSE(is_known(revoked, now_));
  EXPECT_TRUE(is_known(expiring, now_));
  EXPECT_FALSE(is_known(expiring, now_ + milliseconds(5)));
}

TEST_F(OnionAccessTest, WhoCameInKeepsTheKeyUntilRemoved) {
  InviteId id;
  const auto key = invite({}, &id);
  enter_by(id, bob_.card);
  EXPECT_TRUE(is_known(key, now_));  // spent, and in use
  must(store::Invites(anna_.database).revoke(id));
  EXPECT_TRUE(is_known(key, now_));
  must(remove_member(anna_.database, room_.id, bob_.card.identity_pk));
  EXPECT_FALSE(is_known(key, now_));
}

TEST_F(OnionAccessTest, AnInviteOfARoomWithoutAnOnionHasNoKey) {
  const auto plain = add_room(anna_, "cellar");
  const auto file = must(draft_invite(plain, anna_.card(), {}, entropy_));
  must(keep_invite(anna_.database, file, now_));
  EXPECT_FALSE(must(store::Invites(anna_.database).find(file.invite_id))->onion_client);
  EXPECT_TRUE(must(onion_clients(anna_.database, plain, now_)).empty());
}

}  // namespace
}  // namespace sotto::room
