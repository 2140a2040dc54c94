#include "room/publishing.h"

#include <algorithm>

#include "room/membership.h"
#include "store/records.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

using rendezvous::Posting;

class Publishing : public RoomTest {
 protected:
  std::vector<LinkRef> live() { return refs(must(bearers(host_.database, room_.id, now_))); }
  std::vector<Posting> former() { return must(former_bearers(host_.database, room_.id, now_)); }
  static std::vector<LinkRef> refs(const std::vector<Bearer>& all) {
    std::vector<LinkRef> out;
    for (const Bearer& bearer : all) out.push_back(bearer.ref);
    return out;
  }
  std::vector<Posting> issue_all(std::uint16_t port, WallTime at) {
    return must(issue(host_.database, must(bearers(host_.database, room_.id, at)),
                      whereabouts_of(reach_at(port), {}), at));
  }
  static wire::Reach reach_at(std::uint16_t port) {
    wire::Reach out;
    out.direct.push_back({"192.0.2.1", port});
    return out;
  }
  store::MemberRow member() {
    return std::move(
        *must(store::Members(host_.database).find(room_.id, bob_.card.identity_pk)));
  }
  void use_access() {
    auto row = member();
    row.access_used = true;
    must(store::Members(host_.database).put(row));
  }

  Household host_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  store::RoomRow room_ = add_room(host_, "kitchen");
};

TEST_F(Publishing, AnInviteHasARecordWhileItLetsSomebodyIn) {
  const auto one = invite(host_, room_, terms(1));
  const auto timed = invite(host_, room_, terms(1, now_ + std::chrono::hours(1)));
  EXPECT_EQ(live(), (std::vector<LinkRef>{one.invite_id, timed.invite_id}));
  now_ += std::chrono::hours(1);
  EXPECT_EQ(live(), std::vector<LinkRef>{one.invite_id});
  must(store::Invites(host_.database).revoke(one.invite_id));
  EXPECT_EQ(live(), std::vector<LinkRef>());
}

TEST_F(Publishing, ASpentOneHasOneUntilItsMemberHasCome) {
  const auto file = invite(host_, room_, terms(1));
  must(store::Invites(host_.database).pin(file.invite_id, crypto::fingerprint(bob_.card)));
  EXPECT_EQ(live(), std::vector<LinkRef>());
  add_member(host_, room_, bob_.card);
  auto row = member();
  row.invite = file.invite_id;
  must(store::Members(host_.database).put(row));
  EXPECT_EQ(live(), (std::vector<LinkRef>{row.tag, file.invite_id}));
  use_access();
  EXPECT_EQ(live(), std::vector<LinkRef>{row.tag});
}

TEST_F(Publishing, AMemberHasOneUntilTheyAreRemovedOrBlocked) {
  add_member(host_, room_, bob_.card);
  use_access();
  EXPECT_EQ(live(), std::vector<LinkRef>{member().tag});
  must(set_blocked(host_.database, bob_.card.identity_pk, true));
  EXPECT_EQ(live(), std::vector<LinkRef>());
  must(set_blocked(host_.database, bob_.card.identity_pk, false));
  EXPECT_EQ(live(), std::vector<LinkRef>{member().tag});
  must(remove_member(host_.database, room_.id, bob_.card.identity_pk));
  EXPECT_EQ(live(), std::vector<LinkRef>());
}

TEST_F(Publishing, ARecordStandsUntilSomethingChanges) {
  const auto file = invite(host_, room_);
  const auto first = issue_all(4000, now_);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first.front().ref, file.invite_id);
  EXPECT_TRUE(std::ranges::equal(first.front().secret.view(), file.record_secret.view()));
  EXPECT_EQ(issue_all(4000, now_ + milliseconds(5)).front().record.seq,
            first.front().record.seq);
  const auto moved = issue_all(4001, now_ + milliseconds(5));
  EXPECT_GT(moved.front().record.seq, first.front().record.seq);
  EXPECT_TRUE(moved.front().old_days.empty());
}

TEST_F(Publishing, SeqOutlivesTheProcessAndAClockThatFallsBack) {
  invite(host_, room_);
  const auto first = issue_all(4000, now_);
  host_.database = host_.reopen(entropy_);
  const auto second = issue_all(4001, now_ - std::chrono::hours(3));
  EXPECT_EQ(second.front().record.seq, first.front().record.seq + 1);
}

TEST_F(Publishing, TheKeysOfDaysPastAreToGo) {
  invite(host_, room_);
  const auto first = issue_all(4000, now_);
  const auto days = rendezvous::days_of(first.front().record);
  const auto next = issue_all(4000, now_ + std::chrono::days(1));
  EXPECT_EQ(next.front().old_days, std::vector<std::uint32_t>{days[0]});
  const auto later = issue_all(4000, now_ + std::chrono::days(9));
  EXPECT_EQ(later.front().old_days, (std::vector<std::uint32_t>{days[1], days[1] + 1}));
}

TEST_F(Publishing, WhatWasPublishedForFormerBearersIsKnown) {
  const auto file = invite(host_, room_);
  EXPECT_TRUE(former().empty());
  const auto issued = issue_all(4000, now_);
  EXPECT_TRUE(former().empty());
  must(store::Invites(host_.database).revoke(file.invite_id));
  const auto dead = former();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead.front().ref, file.invite_id);
  EXPECT_EQ(dead.front().record.seq, issued.front().record.seq);
  must(store::Records(host_.database).remove(file.record_secret));
  EXPECT_TRUE(former().empty());
}

TEST_F(Publishing, SaysHowAnAddressCameAbout) {
  wire::Reach two;
  two.direct = {{"192.0.2.1", 1}, {"192.0.2.2", 2}};
  const auto ways = whereabouts_of(two, {{"192.0.2.2", 2}});
  ASSERT_EQ(ways.direct.size(), 2U);
  EXPECT_EQ(ways.direct[0].source, wire::AddressSource::interface);
  EXPECT_EQ(ways.direct[1].source, wire::AddressSource::manual);
}

TEST_F(Publishing, NoAddressLeavesTor) {
  wire::Reach over_tor;
  over_tor.direct = {{"192.0.2.1", 1}};
  over_tor.tor_only = true;
  over_tor.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
  const auto ways = whereabouts_of(over_tor, {});
  EXPECT_TRUE(ways.direct.empty());
  EXPECT_EQ(ways.onion, onion_host);
  EXPECT_EQ(ways.onion_port, 9735);
}

}  // namespace
}  // namespace sotto::room
