#include "room/invitation.h"

#include <algorithm>

#include "room/admission.h"
#include "room/people.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class InvitationTest : public RoomTest {
 protected:
  Result<JoinedRoom> keep(const wire::ConnectionFile& file,
                          const std::optional<std::string>& as = std::nullopt) {
    return in_transaction(us_.database,
                          [&] { return keep_connection(us_.database, file, as, now_); });
  }

  std::optional<store::RoomRow> room() {
    return must(store::Rooms(us_.database).by_id(kitchen_.id));
  }
  std::string address() {
    return must(wire::decode_reach(room()->reach.view())).direct.at(0).host;
  }

  static wire::Access access(Entropy& entropy) {
    return {LinkRef::random(entropy), crypto::SymmetricKey(entropy),
            crypto::SymmetricKey(entropy)};
  }
  static bool same(const crypto::SymmetricKey& a, const crypto::SymmetricKey& b) {
    return std::ranges::equal(a.view(), b.view());
  }

  Household host_{entropy_, "anna"};
  Household us_{entropy_, "bob"};
  store::RoomRow kitchen_ = add_room(host_, "kitchen");
};

// --- the host's side

TEST_F(InvitationTest, ADraftNamesTheRoomAndEveryWayThere) {
  wire::Permissions permissions;
  permissions.forwards = {"web"};
  const auto file =
      must(draft_invite(kitchen_, host_.card(), terms(3, at_ms(5), permissions), entropy_));
  EXPECT_EQ(file.host, host_.card());
  EXPECT_EQ(file.room_id, kitchen_.id);
  EXPECT_EQ(file.room_name, "kitchen");
  EXPECT_EQ(file.uses, 3U);
  EXPECT_EQ(file.expires, at_ms(5));
  EXPECT_EQ(file.allow, permissions);
  EXPECT_EQ(file.reach.direct, reach("192.0.2.1").direct);

  const auto other = must(draft_invite(kitchen_, host_.card(), {}, entropy_));
  EXPECT_NE(other.invite_id, file.invite_id);
  EXPECT_FALSE(same(other.psk, file.psk));
  EXPECT_FALSE(same(other.record_secret, file.record_secret));
  EXPECT_FALSE(same(file.psk, file.record_secret));
}

TEST_F(InvitationTest, ADraftAloneIsNotHonoured) {
  const auto file = must(draft_invite(kitchen_, host_.card(), {}, entropy_));
  EXPECT_EQ(error_of(psk_of(host_.database, file.invite_id)), "invite.unknown");
  must(keep_invite(host_.database, file, now_));
  EXPECT_TRUE(same(must(psk_of(host_.database, file.invite_id)), file.psk));
  const auto row = must(store::Invites(host_.database).find(file.invite_id));
  EXPECT_EQ(row->room, kitchen_.id);
  EXPECT_EQ(row->uses, 1U);
  EXPECT_EQ(row->created, now_);
  EXPECT_EQ(must(wire::decode_permissions(row->permissions)), file.allow);
}

TEST_F(InvitationTest, ADamagedReachIsNotHandedOut) {
  kitchen_.reach = Secret(as_bytes("\xff"));
  EXPECT_EQ(error_of(draft_invite(kitchen_, host_.card(), {}, entropy_)), "wire.malformed");
}

// --- the joiner's side

TEST_F(InvitationTest, AFileBringsARoomAndItsHost) {
  const auto file = invite(host_, kitchen_);
  const JoinedRoom joined = must(keep(file));
  EXPECT_EQ(joined.host, host_.card());
  EXPECT_FALSE(joined.host_verified);
  EXPECT_EQ(joined.room.name, "kitchen");
  EXPECT_EQ(contact_names(us_), Names{"anna"});

  const auto row = room();
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->hosted);
  EXPECT_EQ(row->host, host_.identity());
  EXPECT_EQ(row->added, now_);
  EXPECT_EQ(address(), "192.0.2.1");
  ASSERT_TRUE(row->invite);
  EXPECT_EQ(row->invite->ref, file.invite_id);
  EXPECT_TRUE(same(row->invite->psk, file.psk));
  ASSERT_TRUE(row->record_secret);
  EXPECT_TRUE(same(*row->record_secret, file.record_secret));
  EXPECT_FALSE(row->access);
}

TEST_F(InvitationTest, AVerifiedHostStaysVerified) {
  auto contact = must(meet(us_.database, host_.card(), now_));
  contact.verified = true;
  must(store::Contacts(us_.database).put(contact));
  EXPECT_TRUE(must(keep(invite(host_, kitchen_))).host_verified);
  EXPECT_TRUE(must(joined_room(us_.database, *room())).host_verified);
}

TEST_F(InvitationTest, AnExpiredFileLeavesNothing) {
  const auto file = invite(host_, kitchen_, terms(1, now_));
  EXPECT_EQ(error_of(keep(file)), "invite.expired");
  EXPECT_FALSE(room());
  EXPECT_TRUE(contact_names(us_).empty());
  now_ = at_ms(999);
  EXPECT_TRUE(keep(file));
}

TEST_F(InvitationTest, ANameInUseGetsASuffix) {
  add_room(us_, "kitchen");
  EXPECT_EQ(must(keep(invite(host_, kitchen_))).room.name, "kitchen-2");
  // The file comes again: the room keeps its name.
  EXPECT_EQ(must(keep(invite(host_, kitchen_))).room.name, "kitchen-2");
}

TEST_F(InvitationTest, TheHostsRoomMayBeCalledAsItsHost) {
  const auto annas = add_room(host_, "anna");
  EXPECT_EQ(must(keep(invite(host_, annas))).room.name, "anna-2");
}

TEST_F(InvitationTest, AGivenNameIsTakenOrRefused) {
  EXPECT_EQ(must(keep(invite(host_, kitchen_), "annas")).room.name, "annas");
  EXPECT_EQ(must(keep(invite(host_, kitchen_))).room.name, "annas");
  EXPECT_EQ(must(keep(invite(host_, kitchen_), "hers")).room.name, "hers");
  EXPECT_EQ(room()->name, "hers");

  add_room(us_, "cellar");
  const auto refused = keep(invite(host_, kitchen_), "cellar");
  EXPECT_EQ(error_of(refused), "store.name_taken");
  EXPECT_EQ(refused.error().kind(), Kind::usage);
  EXPECT_EQ(room()->name, "hers");
}

TEST_F(InvitationTest, ANewFileRefreshesAddressesAndTheInvite) {
  must(keep(invite(host_, kitchen_)));
  kitchen_.reach = wire::encode(reach("192.0.2.2"));
  const auto file = invite(host_, kitchen_);
  must(keep(file));
  EXPECT_EQ(address(), "192.0.2.2");
  EXPECT_EQ(room()->invite->ref, file.invite_id);
  EXPECT_TRUE(same(*room()->record_secret, file.record_secret));
}

TEST_F(InvitationTest, AccessReplacesTheInviteThatBroughtIt) {
  const auto first = invite(host_, kitchen_);
  must(keep(first));
  const auto own = access(entropy_);
  must(keep_access(us_.database, kitchen_.id, own));
  ASSERT_TRUE(room()->access);
  EXPECT_FALSE(room()->invite);
  EXPECT_EQ(room()->access->ref, own.tag);
  EXPECT_TRUE(same(room()->access->psk, own.psk));
  EXPECT_TRUE(same(*room()->record_secret, own.record_secret));

  kitchen_.reach = wire::encode(reach("192.0.2.2"));
  must(keep(first));  // once more: it can bring nothing new
  EXPECT_FALSE(room()->invite);
  EXPECT_EQ(room()->came_by, first.invite_id);

  const auto second = invite(host_, kitchen_);
  EXPECT_EQ(must(keep(second)).room.invite->ref, second.invite_id);
  EXPECT_EQ(room()->access->ref, own.tag);
  EXPECT_TRUE(same(*room()->record_secret, own.record_secret));
  EXPECT_EQ(address(), "192.0.2.2");
}

TEST_F(InvitationTest, AnInviteOfNoUseLeavesTheAccess) {
  const auto first = invite(host_, kitchen_);
  must(keep(first));
  must(drop_invite(us_.database, kitchen_.id));
  ASSERT_TRUE(room()->invite) << "there is nothing else to come in by";
  const auto own = access(entropy_);
  must(keep_access(us_.database, kitchen_.id, own));
  const auto second = invite(host_, kitchen_);
  must(keep(second));
  must(drop_invite(us_.database, kitchen_.id));
  EXPECT_FALSE(room()->invite);
  EXPECT_EQ(room()->access->ref, own.tag);
  must(keep(second));  // it is known to be of no use
  EXPECT_FALSE(room()->invite);
  must(drop_invite(us_.database, RoomId()));
}

TEST_F(InvitationTest, TheOnionKeyOfTheAccessOutlivesAnInviteOfNoUse) {
  const auto with_key = [&] {
    wire::Reach onion;
    onion.onion = wire::OnionAddress{std::string(55, 'a') + "d.onion", 1,
                                     crypto::X25519SecretKey(entropy_)};
    kitchen_.reach = wire::encode(onion);
    auto file = invite(host_, kitchen_);
    file.reach = std::move(onion);
    return file;
  };
  const auto key_of = [](const wire::Reach& reach) {
    return to_bytes(reach.onion->client_auth_key->view());
  };
  const auto current = [&] { return key_of(must(wire::decode_reach(room()->reach.view()))); };
  const auto first = with_key();
  must(keep(first));
  must(keep_access(us_.database, kitchen_.id, access(entropy_)));

  const auto second = with_key();
  must(keep(second));
  EXPECT_EQ(current(), key_of(second.reach));
  must(keep(with_key()));  // and a third, before either was tried
  must(drop_invite(us_.database, kitchen_.id));
  EXPECT_EQ(current(), key_of(first.reach));
  EXPECT_FALSE(room()->access_onion_client);

  must(keep(second));
  must(keep_access(us_.database, kitchen_.id, access(entropy_)));
  EXPECT_EQ(current(), key_of(second.reach));
  EXPECT_FALSE(room()->access_onion_client);
  auto taken_back = with_key();
  taken_back.invite_id = second.invite_id;
  must(keep(taken_back));
  EXPECT_EQ(current(), key_of(second.reach));
}

TEST_F(InvitationTest, ThePromiseOfTorIsNotTakenBackByAFile) {
  wire::Reach onion;
  onion.tor_only = true;
  kitchen_.reach = wire::encode(onion);
  EXPECT_TRUE(must(keep(invite(host_, kitchen_))).room.tor_only);
  kitchen_.reach = wire::encode(reach("192.0.2.1"));
  EXPECT_TRUE(must(keep(invite(host_, kitchen_))).room.tor_only);
  EXPECT_TRUE(room()->tor_only);
}

TEST_F(InvitationTest, AKnownRoomWithAnotherHostIsRefused) {
  must(keep(invite(host_, kitchen_)));
  Household eve(entropy_, "eve");
  auto forged = room_row(eve, "kitchen");
  forged.id = kitchen_.id;
  const auto file = must(draft_invite(forged, eve.card(), {}, entropy_));
  const auto refused = keep(file);
  EXPECT_EQ(error_of(refused), "contact.key_changed");
  EXPECT_NE(refused.error().text().find("kitchen"), std::string::npos);
  EXPECT_EQ(room()->host, host_.identity());
  EXPECT_NE(room()->invite->ref, file.invite_id);
  EXPECT_EQ(contact_names(us_), Names{"anna"});
}

TEST_F(InvitationTest, AKnownHostWithOtherKeysIsRefused) {
  must(keep(invite(host_, kitchen_)));
  const auto changed = with_other_static_key(host_.person, entropy_);
  const auto same_room = must(draft_invite(kitchen_, changed, {}, entropy_));
  EXPECT_EQ(error_of(keep(same_room)), "contact.key_changed");
  const auto cellar = room_row(host_, "cellar");
  const auto other_room = must(draft_invite(cellar, changed, {}, entropy_));
  EXPECT_EQ(error_of(keep(other_room)), "contact.key_changed");
  EXPECT_FALSE(must(store::Rooms(us_.database).by_id(cellar.id)));
  EXPECT_EQ(must(joined_room(us_.database, *room())).host, host_.card());
}

TEST_F(InvitationTest, ARoomWhoseHostIsForgottenNeedsANewFile) {
  must(keep(invite(host_, kitchen_)));
  must(store::Contacts(us_.database).remove(crypto::fingerprint(host_.card())));
  EXPECT_EQ(error_of(joined_room(us_.database, *room())), "room.unknown");
  must(keep(invite(host_, kitchen_)));
  EXPECT_TRUE(joined_room(us_.database, *room()));
}

TEST_F(InvitationTest, AccessToARoomThatWasRemovedIsNotKept) {
  EXPECT_EQ(error_of(keep_access(us_.database, kitchen_.id, access(entropy_))), "room.unknown");
}

}  // namespace
}  // namespace sotto::room
