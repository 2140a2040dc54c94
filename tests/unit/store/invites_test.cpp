#include "store/invites.h"

#include <barrier>
#include <thread>

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class InvitesTest : public StoreTest {
 protected:
  static void expect_same(const std::optional<InviteRow>& found, const InviteRow& row) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, row.id);
    EXPECT_EQ(found->room, row.room);
    EXPECT_EQ(to_bytes(found->psk.view()), to_bytes(row.psk.view()));
    EXPECT_EQ(to_bytes(found->record_secret.view()), to_bytes(row.record_secret.view()));
    EXPECT_EQ(found->uses, row.uses);
    EXPECT_EQ(found->expires, row.expires);
    EXPECT_EQ(found->revoked, row.revoked);
    EXPECT_EQ(found->permissions, row.permissions);
    EXPECT_EQ(found->created, row.created);
  }
  crypto::Fingerprint card() { return crypto::Fingerprint::random(entropy_); }

  Database database_ = open();
  Invites invites_{database_};
  RoomId room_ = add_room(database_);
};

TEST_F(InvitesTest, ComeBackInTheOrderOfCreation) {
  InviteRow first = invite_row(room_, 3);
  first.spent = 2;  // not for add() to say
  InviteRow second = invite_row(room_);
  second.expires.reset();
  must(invites_.add(first));
  must(invites_.add(second));
  expect_same(must(invites_.find(first.id)), first);
  expect_same(must(invites_.find(second.id)), second);
  EXPECT_EQ(must(invites_.find(first.id))->spent, 0U);
  EXPECT_FALSE(must(invites_.find(InviteId())));
  const auto all = must(invites_.of(room_));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, first.id);
  EXPECT_EQ(all[1].id, second.id);
}

TEST_F(InvitesTest, AreNumberedInEachRoom) {
  const RoomId cellar = add_room(database_, "cellar");
  EXPECT_EQ(must(invites_.newest_number(room_)), 0U);
  const InviteRow first = invite_row(room_);
  const InviteRow elsewhere = invite_row(cellar);
  InviteRow second = invite_row(room_);
  second.number = 77;  // not for the caller to say
  must(invites_.add(first));
  must(invites_.add(elsewhere));
  must(invites_.add(second));
  EXPECT_EQ(must(invites_.find(first.id))->number, 1U);
  EXPECT_EQ(must(invites_.find(elsewhere.id))->number, 1U);
  EXPECT_EQ(must(invites_.find(second.id))->number, 2U);
  EXPECT_EQ(must(invites_.newest_number(room_)), 2U);
  must(invites_.revoke(second.id));
  EXPECT_EQ(must(invites_.find(second.id))->number, 2U);
  EXPECT_EQ(must(invites_.newest_number(room_)), 2U);
}

TEST_F(InvitesTest, OneUseAdmitsOneCardAsOftenAsItComes) {
  const InviteRow invite = invite_row(room_);
  must(invites_.add(invite));
  const crypto::Fingerprint ada = card();
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::pinned);
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::was_pinned);
  EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::burnt);
  EXPECT_EQ(must(invites_.find(invite.id))->spent, 1U);
}

TEST_F(InvitesTest, EachUseAdmitsAnotherCard) {
  const InviteRow invite = invite_row(room_, 2);
  const InviteRow other = invite_row(room_);
  must(invites_.add(invite));
  must(invites_.add(other));
  const crypto::Fingerprint ada = card();
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::pinned);
  EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::pinned);
  EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::burnt);
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::was_pinned);
  EXPECT_EQ(must(invites_.find(other.id))->spent, 0U);
  EXPECT_EQ(must(invites_.pin(other.id, ada)), Invites::Pin::pinned);
}

TEST_F(InvitesTest, ARevokedOrUnknownOneAdmitsNobody) {
  const InviteRow invite = invite_row(room_, 5);
  must(invites_.add(invite));
  const crypto::Fingerprint ada = card();
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::pinned);
  must(invites_.revoke(invite.id));
  must(invites_.revoke(InviteId()));
  EXPECT_TRUE(must(invites_.find(invite.id))->revoked);
  EXPECT_EQ(must(invites_.find(invite.id))->spent, 1U);
  EXPECT_EQ(must(invites_.pin(invite.id, ada)), Invites::Pin::burnt);
  EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::burnt);
  EXPECT_EQ(must(invites_.pin(InviteId(), card())), Invites::Pin::burnt);
}

TEST_F(InvitesTest, APinThatIsRolledBackSpendsNothing) {
  const InviteRow invite = invite_row(room_);
  must(invites_.add(invite));
  const auto admitted = database_.transaction([&]() -> Result<void> {
    EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::pinned);
    return fail(Errc::io, "The peer went away.");
  });
  expect_failed(admitted, Errc::io);
  EXPECT_EQ(must(invites_.find(invite.id))->spent, 0U);
  EXPECT_EQ(must(invites_.pin(invite.id, card())), Invites::Pin::pinned);
}

TEST_F(InvitesTest, OfTwoConnectionsThatRaceExactlyOneWins) {
  constexpr std::size_t rounds = 50;
  std::vector<InviteId> ids;
  for (std::size_t i = 0; i < rounds; ++i) {
    const InviteRow invite = invite_row(room_);
    must(invites_.add(invite));
    ids.push_back(invite.id);
  }
  std::barrier start(2);
  std::array<std::vector<Invites::Pin>, 2> outcomes;
  const auto race = [&](std::size_t who) {
    SeededEntropy entropy(100 + who);
    Database database = must(Database::open(file(), profile_key_, entropy));
    const auto mine = crypto::Fingerprint::random(entropy);
    for (const InviteId& id : ids) {
      start.arrive_and_wait();
      Invites::Pin outcome{};
      must(database.transaction([&]() -> Result<void> {
        outcome = must(Invites(database).pin(id, mine));
        return {};
      }));
      outcomes[who].push_back(outcome);
    }
  };
  {
    const std::jthread other(race, 1);
    race(0);
  }
  for (std::size_t i = 0; i < rounds; ++i) {
    const bool first_won = outcomes[0][i] == Invites::Pin::pinned;
    EXPECT_EQ(outcomes[0][i], first_won ? Invites::Pin::pinned : Invites::Pin::burnt);
    EXPECT_EQ(outcomes[1][i], first_won ? Invites::Pin::burnt : Invites::Pin::pinned);
    EXPECT_EQ(must(invites_.find(ids[i]))->spent, 1U);
  }
}

}  // namespace
}  // namespace sotto::store
