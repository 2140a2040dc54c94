#include "room/admission.h"

#include <algorithm>
#include <latch>
#include <thread>

#include "room/membership.h"
#include "room/people.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

using wire::RefusedReason;

class AdmissionTest : public RoomTest {
 protected:
  // `ref` nothing: by the open door.
  Verdict ask(const std::optional<LinkRef>& ref, const crypto::Card& card) {
    const AdmissionRequest request{ref, card, room_.id, max_members_, now_};
    return must(in_transaction(host_.database,
                               [&] { return admit(host_.database, request, entropy_); }));
  }

  Admission enter(const std::optional<LinkRef>& ref, const crypto::Card& card) {
    Verdict verdict = ask(ref, card);
    if (auto* admission = std::get_if<Admission>(&verdict)) return std::move(*admission);
    throw std::runtime_error("refused: " + refusal(std::get<RefusedReason>(verdict)).name());
  }

  // The name of the error that the one who is refused gets to see; empty when admitted.
  std::string refused(const std::optional<LinkRef>& ref, const crypto::Card& card) {
    const Verdict verdict = ask(ref, card);
    const auto* reason = std::get_if<RefusedReason>(&verdict);
    return reason == nullptr ? "" : refusal(*reason).name();
  }

  std::uint32_t spent(const InviteId& id) {
    return must(store::Invites(host_.database).find(id))->spent;
  }
  std::optional<store::MemberRow> member(const crypto::Card& card) {
    return must(store::Members(host_.database).find(room_.id, card.identity_pk));
  }
  void remove(const crypto::Card& card) {
    EXPECT_TRUE(must(remove_member(host_.database, room_.id, card.identity_pk)));
  }
  Bytes psk(const LinkRef& ref) { return to_bytes(must(psk_of(host_.database, ref)).view()); }

  Household host_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  Person carol_{entropy_, "carol"};
  store::RoomRow room_ = add_room(host_, "kitchen");
  std::optional<unsigned> max_members_;
};

TEST_F(AdmissionTest, ANewCardEntersAndGetsAccess) {
  wire::Permissions permissions;
  permissions.files = true;
  permissions.forwards = {"web"};
  const auto file = invite(host_, room_, terms(1, std::nullopt, permissions));
  EXPECT_EQ(psk(file.invite_id), to_bytes(file.psk.view()));

  const Admission admission = enter(file.invite_id, bob_.card);
  EXPECT_EQ(admission.room, room_.id);
  EXPECT_EQ(admission.room_name, "kitchen");
  EXPECT_EQ(admission.contact.name, "bob");
  EXPECT_EQ(admission.contact.fingerprint, crypto::fingerprint(bob_.card));
  EXPECT_FALSE(admission.contact.verified);
  EXPECT_TRUE(admission.first_time);
  EXPECT_EQ(admission.permissions, permissions);
  EXPECT_EQ(spent(file.invite_id), 1U);
  EXPECT_EQ(contact_names(host_), Names{"bob"});

  ASSERT_TRUE(admission.access);
  EXPECT_NE(admission.access->tag, file.invite_id);
  EXPECT_EQ(psk(admission.access->tag), to_bytes(admission.access->psk.view()));
  EXPECT_NE(psk(admission.access->tag), psk(file.invite_id));
  const auto row = member(bob_.card);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->invite, file.invite_id);
  EXPECT_EQ(row->joined, now_);
  EXPECT_FALSE(row->access_used);
}

TEST_F(AdmissionTest, AnUnknownRefHasNoPskAndAdmitsNobody) {
  const auto ref = LinkRef::random(entropy_);
  EXPECT_EQ(error_of(psk_of(host_.database, ref)), "invite.unknown");
  EXPECT_EQ(refused(ref, bob_.card), "room.not_a_member");
  EXPECT_TRUE(contact_names(host_).empty());
}

TEST_F(AdmissionTest, ABurntInviteSaysSo) {
  const auto file = invite(host_, room_);
  enter(file.invite_id, bob_.card);
  EXPECT_EQ(refused(file.invite_id, carol_.card), "invite.burnt");
  EXPECT_EQ(psk(file.invite_id), to_bytes(file.psk.view()));  // else nobody could be told
  EXPECT_EQ(spent(file.invite_id), 1U);
}

TEST_F(AdmissionTest, AnExpiredInviteSaysSo) {
  const auto file = invite(host_, room_, terms(2, at_ms(5000)));
  now_ = at_ms(4999);
  EXPECT_EQ(refused(file.invite_id, bob_.card), "");
  now_ = at_ms(5000);
  EXPECT_EQ(refused(file.invite_id, carol_.card), "invite.expired");
  EXPECT_EQ(spent(file.invite_id), 1U);
  EXPECT_EQ(psk(file.invite_id), to_bytes(file.psk.view()));
}

TEST_F(AdmissionTest, ARevokedInviteSaysSo) {
  const auto file = invite(host_, room_);
  must(store::Invites(host_.database).revoke(file.invite_id));
  EXPECT_EQ(refused(file.invite_id, bob_.card), "invite.revoked");
  EXPECT_EQ(spent(file.invite_id), 0U);
  EXPECT_EQ(psk(file.invite_id), to_bytes(file.psk.view()));
}

// Whoever holds a dead invite could otherwise fill the store with made-up people.
TEST_F(AdmissionTest, NobodyWhoIsRefusedBecomesAContact) {
  const auto expired = invite(host_, room_, terms(1, now_));
  const auto burnt = invite(host_, room_);
  const auto revoked = invite(host_, room_);
  must(store::Invites(host_.database).revoke(revoked.invite_id));
  enter(burnt.invite_id, bob_.card);
  for (const auto* file : {&expired, &burnt, &revoked}) {
    EXPECT_NE(refused(file->invite_id, carol_.card), "");
  }
  max_members_ = 1;
  EXPECT_EQ(refused(invite(host_, room_).invite_id, carol_.card), "room.full");
  EXPECT_EQ(contact_names(host_), Names{"bob"});
}

TEST_F(AdmissionTest, ALostWelcomeStrandsNobody) {
  const auto file = invite(host_, room_, terms(1, at_ms(2000)));
  const Admission first = enter(file.invite_id, bob_.card);
  now_ = at_ms(3000);  // past the expiry: it was in time once
  const Admission again = enter(file.invite_id, bob_.card);
  ASSERT_TRUE(again.access);
  EXPECT_EQ(again.access->tag, first.access->tag);
  EXPECT_TRUE(std::ranges::equal(again.access->psk.view(), first.access->psk.view()));
  EXPECT_TRUE(std::ranges::equal(again.access->record_secret.view(),
                                 first.access->record_secret.view()));
  EXPECT_FALSE(again.first_time);
  EXPECT_EQ(spent(file.invite_id), 1U);
  // What the host revokes is over for everyone.
  must(store::Invites(host_.database).revoke(file.invite_id));
  EXPECT_EQ(refused(file.invite_id, bob_.card), "invite.revoked");
}

TEST_F(AdmissionTest, OnceAccessWasUsedTheInviteAdmitsNoMore) {
  const auto file = invite(host_, room_, terms(2));
  const LinkRef tag = enter(file.invite_id, bob_.card).access->tag;
  const Admission by_tag = enter(tag, bob_.card);
  EXPECT_FALSE(by_tag.access);
  EXPECT_FALSE(by_tag.first_time);
  EXPECT_TRUE(member(bob_.card)->access_used);
  EXPECT_EQ(refused(file.invite_id, bob_.card), "invite.burnt");
  EXPECT_EQ(spent(file.invite_id), 1U);
  EXPECT_EQ(refused(tag, bob_.card), "");
  // The tag outlives the invite.
  must(store::Invites(host_.database).revoke(file.invite_id));
  EXPECT_EQ(refused(tag, bob_.card), "");
}

TEST_F(AdmissionTest, PermissionsComeWithTheTagToo) {
  wire::Permissions silent;
  silent.chat = false;
  silent.forwards = {"web", "ssh"};
  const auto file = invite(host_, room_, terms(1, std::nullopt, silent));
  const LinkRef tag = enter(file.invite_id, bob_.card).access->tag;
  EXPECT_EQ(enter(tag, bob_.card).permissions, silent);
}

TEST_F(AdmissionTest, OfTwoWhoRaceOneInviteOneGetsIn) {
  for (int round = 0; round < 5; ++round) {
    const auto file = invite(host_, room_);
    const Person people[] = {Person(entropy_, "dora"), Person(entropy_, "emil")};
    std::optional<Verdict> verdicts[2];
    std::latch both(2);
    const auto race = [&](int i) {
      SeededEntropy entropy(static_cast<std::uint64_t>(100 * round + i));
      auto database = host_.reopen(entropy);
      const AdmissionRequest request{file.invite_id, people[i].card, room_.id, {}, now_};
      both.arrive_and_wait();
      verdicts[i] =
          must(in_transaction(database, [&] { return admit(database, request, entropy); }));
    };
    std::thread other(race, 1);
    race(0);
    other.join();
    int admitted = 0;
    int burnt = 0;
    for (const auto& verdict : verdicts) {
      const auto* reason = std::get_if<RefusedReason>(&*verdict);
      if (reason == nullptr) ++admitted;
      if (reason != nullptr && *reason == RefusedReason::invite_burnt) ++burnt;
    }
    EXPECT_EQ(admitted, 1);
    EXPECT_EQ(burnt, 1);
    EXPECT_EQ(spent(file.invite_id), 1U);
  }
}

TEST_F(AdmissionTest, AnInviteOfManyUsesCountsPeople) {
  const auto file = invite(host_, room_, terms(2));
  enter(file.invite_id, bob_.card);
  enter(file.invite_id, bob_.card);
  enter(file.invite_id, carol_.card);
  EXPECT_EQ(spent(file.invite_id), 2U);
  EXPECT_EQ(refused(file.invite_id, Person(entropy_, "dora").card), "invite.burnt");
  EXPECT_EQ(refused(file.invite_id, bob_.card), "");
}

TEST_F(AdmissionTest, ATagIsItsOwnersOnly) {
  const LinkRef tag = enter(invite(host_, room_).invite_id, bob_.card).access->tag;
  EXPECT_EQ(refused(tag, carol_.card), "room.not_a_member");
  EXPECT_FALSE(member(bob_.card)->access_used);
  EXPECT_EQ(contact_names(host_), Names{"bob"});
}

TEST_F(AdmissionTest, ARemovedMemberStaysOut) {
  const auto file = invite(host_, room_);
  const LinkRef tag = enter(file.invite_id, bob_.card).access->tag;
  const auto older = invite(host_, room_);
  remove(bob_.card);
  EXPECT_EQ(refused(tag, bob_.card), "room.not_a_member");
  EXPECT_EQ(refused(file.invite_id, bob_.card), "room.not_a_member");
  EXPECT_EQ(refused(older.invite_id, bob_.card), "room.not_a_member");
  EXPECT_EQ(spent(older.invite_id), 0U);
  EXPECT_FALSE(psk(tag).empty());
}

TEST_F(AdmissionTest, ALaterInviteBringsARemovedMemberBack) {
  const LinkRef tag = enter(invite(host_, room_).invite_id, bob_.card).access->tag;
  now_ = at_ms(2000);
  remove(bob_.card);
  now_ = at_ms(1000);  // whatever the clock says
  const auto later = invite(host_, room_);
  const Admission back = enter(later.invite_id, bob_.card);
  EXPECT_TRUE(back.first_time);
  ASSERT_TRUE(back.access);
  EXPECT_NE(back.access->tag, tag);
  EXPECT_FALSE(member(bob_.card)->removed);
  EXPECT_EQ(refused(back.access->tag, bob_.card), "");
  remove(bob_.card);  // and out again, by that one too
  EXPECT_EQ(refused(later.invite_id, bob_.card), "room.not_a_member");
  EXPECT_EQ(refused(back.access->tag, bob_.card), "room.not_a_member");
}

TEST_F(AdmissionTest, WhoComesBackTakesAPlaceLikeAnybodyNew) {
  max_members_ = 1;
  enter(invite(host_, room_).invite_id, bob_.card);
  remove(bob_.card);
  enter(invite(host_, room_).invite_id, carol_.card);
  EXPECT_EQ(refused(invite(host_, room_).invite_id, bob_.card), "room.full");
}

TEST_F(AdmissionTest, ABlockedContactStaysOut) {
  const auto file = invite(host_, room_, terms(2));
  const LinkRef tag = enter(file.invite_id, bob_.card).access->tag;
  store::Contacts contacts(host_.database);
  auto row = must(contacts.by_identity(bob_.card.identity_pk));
  row->blocked = true;
  must(contacts.put(*row));
  EXPECT_EQ(refused(tag, bob_.card), "room.not_a_member");
  EXPECT_EQ(refused(file.invite_id, bob_.card), "room.not_a_member");
  EXPECT_EQ(refused(invite(host_, room_).invite_id, bob_.card), "room.not_a_member");
  EXPECT_FALSE(member(bob_.card)->access_used);
}

TEST_F(AdmissionTest, AFullRoomTakesNobodyNew) {
  max_members_ = 1;
  const auto bobs = invite(host_, room_);
  const auto carols = invite(host_, room_);
  const LinkRef tag = enter(bobs.invite_id, bob_.card).access->tag;
  EXPECT_EQ(refused(carols.invite_id, carol_.card), "room.full");
  EXPECT_EQ(spent(carols.invite_id), 0U);
  // Whoever is in comes back in, lost welcome or not.
  EXPECT_EQ(refused(bobs.invite_id, bob_.card), "");
  EXPECT_EQ(refused(tag, bob_.card), "");
  remove(bob_.card);
  EXPECT_EQ(refused(carols.invite_id, carol_.card), "");
}

TEST_F(AdmissionTest, AKnownIdentityWithAnotherStaticKeyIsRefused) {
  const LinkRef tag = enter(invite(host_, room_).invite_id, bob_.card).access->tag;
  const crypto::Card changed = with_other_static_key(bob_, entropy_);
  const auto file = invite(host_, room_);
  EXPECT_EQ(refused(file.invite_id, changed), "contact.key_changed");
  EXPECT_EQ(refused(tag, changed), "contact.key_changed");

  EXPECT_EQ(spent(file.invite_id), 0U);
  EXPECT_FALSE(member(bob_.card)->access_used);
  const auto contacts = must(store::Contacts(host_.database).all());
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].fingerprint, crypto::fingerprint(bob_.card));
}

TEST_F(AdmissionTest, WhatLeadsToAnotherRoomFindsThisOneClosed) {
  const auto cellar = add_room(host_, "cellar");
  const auto file = invite(host_, cellar);
  EXPECT_EQ(refused(file.invite_id, bob_.card), "room.closed");
  EXPECT_EQ(spent(file.invite_id), 0U);
  EXPECT_TRUE(contact_names(host_).empty());

  const LinkRef tag = enter(invite(host_, room_).invite_id, bob_.card).access->tag;
  room_.id = cellar.id;
  EXPECT_EQ(refused(tag, bob_.card), "room.closed");
}

TEST_F(AdmissionTest, ASecondInviteRenewsAccess) {
  const LinkRef old = enter(invite(host_, room_).invite_id, bob_.card).access->tag;
  enter(old, bob_.card);
  const WallTime joined = std::exchange(now_, at_ms(9000));
  const auto file = invite(host_, room_);
  const Admission admission = enter(file.invite_id, bob_.card);
  ASSERT_TRUE(admission.access);
  EXPECT_NE(admission.access->tag, old);
  EXPECT_EQ(error_of(psk_of(host_.database, old)), "invite.unknown");
  EXPECT_EQ(member(bob_.card)->joined, joined);
  EXPECT_EQ(must(store::Members(host_.database).of(room_.id)).size(), 1U);
}

// --- the open door

TEST_F(AdmissionTest, AStrangerEntersByTheOpenDoorAndGetsAccess) {
  const Admission admission = enter(std::nullopt, bob_.card);
  EXPECT_TRUE(admission.first_time);
  EXPECT_EQ(admission.contact.name, "bob");
  EXPECT_FALSE(admission.contact.verified);
  EXPECT_EQ(admission.permissions, wire::Permissions());  // chat and nothing else
  ASSERT_TRUE(admission.access);
  EXPECT_EQ(psk(admission.access->tag), to_bytes(admission.access->psk.view()));
  EXPECT_EQ(member(bob_.card)->invite, InviteId());

  const Admission later = enter(admission.access->tag, bob_.card);
  EXPECT_FALSE(later.first_time);
  EXPECT_FALSE(later.access);
  EXPECT_TRUE(later.permissions.chat);
  EXPECT_EQ(refused(admission.access->tag, carol_.card), "room.not_a_member");
}

TEST_F(AdmissionTest, WhoeverComesByTheOpenDoorAgainGetsTheSameAccess) {
  const auto tag = enter(std::nullopt, bob_.card).access->tag;
  EXPECT_EQ(enter(std::nullopt, bob_.card).access->tag, tag);
  enter(tag, bob_.card);
  const Admission again = enter(std::nullopt, bob_.card);
  EXPECT_FALSE(again.first_time);
  EXPECT_EQ(again.access->tag, tag);
  EXPECT_TRUE(member(bob_.card)->access_used);
  EXPECT_EQ(contact_names(host_), Names{"bob"});
}

TEST_F(AdmissionTest, AMemberByInviteKeepsItsRightsAtTheOpenDoor) {
  wire::Permissions permissions;
  permissions.chat = false;
  permissions.files = true;
  const auto file = invite(host_, room_, terms(1, std::nullopt, permissions));
  const auto tag = enter(file.invite_id, bob_.card).access->tag;
  const Admission admission = enter(std::nullopt, bob_.card);
  EXPECT_EQ(admission.access->tag, tag);
  EXPECT_EQ(admission.permissions, permissions);
}

TEST_F(AdmissionTest, TheOpenDoorIsClosedToThoseWhoWereThrownOut) {
  enter(std::nullopt, bob_.card);
  remove(bob_.card);
  EXPECT_EQ(refused(std::nullopt, bob_.card), "room.not_a_member");

  auto carol = must(
      in_transaction(host_.database, [&] { return meet(host_.database, carol_.card, now_); }));
  carol.blocked = true;
  must(store::Contacts(host_.database).put(carol));
  EXPECT_EQ(refused(std::nullopt, carol_.card), "room.not_a_member");
  EXPECT_FALSE(member(carol_.card));
}

TEST_F(AdmissionTest, AKnownPersonWithOtherKeysDoesNotComeInByTheOpenDoor) {
  enter(std::nullopt, bob_.card);
  EXPECT_EQ(refused(std::nullopt, with_other_static_key(bob_, entropy_)),
            "contact.key_changed");
}

TEST_F(AdmissionTest, TheHostsLimitHoldsAtTheOpenDoor) {
  max_members_ = 1;
  const auto tag = enter(std::nullopt, bob_.card).access->tag;
  EXPECT_EQ(refused(std::nullopt, carol_.card), "room.full");
  EXPECT_EQ(contact_names(host_), Names{"bob"});
  EXPECT_EQ(refused(tag, bob_.card), "");
  EXPECT_EQ(refused(std::nullopt, bob_.card), "");  // is in already
}

// Strangers make identities for nothing.
TEST_F(AdmissionTest, AFloodOfStrangersIsBoundedAndLocksOutNobodyElse) {
  const auto file = invite(host_, room_);
  for (unsigned i = 0; i < open_members_limit; ++i) {
    enter(std::nullopt, Person(entropy_, "eve" + std::to_string(i)).card);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(refused(std::nullopt, Person(entropy_, "one more").card), "room.full");
  }
  EXPECT_EQ(contact_names(host_).size(), open_members_limit);
  EXPECT_EQ(refused(file.invite_id, carol_.card), "");
}

}  // namespace
}  // namespace sotto::room
