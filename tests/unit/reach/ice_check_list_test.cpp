#include "reach/ice_check_list.h"

#include <gtest/gtest.h>

namespace sotto::reach {
namespace {

CandidatePair pair(std::uint32_t priority, const char* foundation, std::uint16_t port,
                   std::size_t base = 0) {
  CandidatePair out;
  out.base = base;
  out.local.priority = 1000;
  out.local.foundation = "1";
  out.remote.priority = priority;
  out.remote.foundation = foundation;
  out.remote.address = {boost::asio::ip::make_address("192.0.2.1"), port};
  return out;
}

TEST(IceCheckList, TheBestIsCheckedFirst) {
  IceCheckList list;
  list.add(pair(1, "a", 1));
  const auto best = list.add(pair(3, "b", 2));
  const auto second = list.add(pair(2, "c", 3));
  EXPECT_EQ(list.next(), best);
  EXPECT_EQ(list.at(*best).state, PairState::in_progress);
  EXPECT_EQ(list.next(), second);
  EXPECT_TRUE(list.has_next());
  EXPECT_TRUE(list.next());
  EXPECT_FALSE(list.has_next());
  EXPECT_FALSE(list.next());
}

TEST(IceCheckList, WhatWasCheckedBeforeComesFirst) {
  IceCheckList list;
  const auto worst = list.add(pair(1, "a", 1));
  list.add(pair(3, "b", 2));
  list.trigger(*worst);
  list.trigger(*worst);
  EXPECT_EQ(list.next(), worst);
  EXPECT_NE(list.next(), worst);
  list.set_failed(*worst);
  list.trigger(*worst);  // the hole is open now
  EXPECT_EQ(list.next(), worst);
  list.set_succeeded(*worst);
  list.trigger(*worst);
  EXPECT_FALSE(list.next());
}

TEST(IceCheckList, ThoseThatGoTogetherWaitForTheFirst) {
  IceCheckList list;
  const auto first = list.add(pair(3, "a", 1));
  const auto second = list.add(pair(2, "a", 2));
  const auto other = list.add(pair(1, "b", 3));
  EXPECT_EQ(list.at(*second).state, PairState::frozen);
  EXPECT_EQ(list.next(), first);
  EXPECT_EQ(list.next(), other);
  list.set_succeeded(*first);
  EXPECT_EQ(list.at(*second).state, PairState::waiting);
  // One more of them need not wait.
  EXPECT_EQ(list.at(*list.add(pair(1, "a", 4))).state, PairState::waiting);
}

TEST(IceCheckList, WithNothingElseToDoTheFrozenAreThawed) {
  IceCheckList list;
  list.add(pair(3, "a", 1));
  const auto worse = list.add(pair(1, "a", 2));
  const auto better = list.add(pair(2, "a", 3));
  list.next();
  EXPECT_TRUE(list.has_next());
  EXPECT_EQ(list.next(), better);
  EXPECT_EQ(list.next(), worse);
}

TEST(IceCheckList, APairIsThereOnce) {
  IceCheckList list;
  const auto first = list.add(pair(1, "a", 1));
  EXPECT_EQ(list.add(pair(9, "b", 1)), first);
  EXPECT_NE(list.add(pair(1, "a", 1, 7)), first);
  CandidatePair tcp = pair(1, "a", 1);
  tcp.remote.transport = CandidateTransport::tcp_passive;
  EXPECT_NE(list.add(tcp), first);
  EXPECT_EQ(list.pairs().size(), 3U);
  EXPECT_EQ(list.find(0, pair(1, "a", 1).remote.address, true), first);
  EXPECT_FALSE(list.find(1, pair(1, "a", 1).remote.address, true));
}

TEST(IceCheckList, TheWorstMakesRoomAndWhatIsUnderWayStays) {
  IceCheckList list;
  for (std::uint16_t i = 0; i < pairs_limit; ++i) list.add(pair(100U + i, "a", i));
  EXPECT_FALSE(list.add(pair(1, "b", 500)));
  EXPECT_EQ(list.add(pair(1000, "b", 500)), PairNumber{0});
  EXPECT_EQ(list.pairs().size(), pairs_limit);
  IceCheckList busy;
  for (std::uint16_t i = 0; i < pairs_limit; ++i) {
    busy.add(pair(100U + i, "a", i));
    busy.next();
  }
  EXPECT_FALSE(busy.add(pair(1000, "b", 500)));
}

TEST(IceCheckList, KnowsWhatMayYetBecome) {
  IceCheckList list;
  const auto worst = list.add(pair(1, "a", 1));
  const auto best = list.add(pair(2, "b", 2));
  EXPECT_FALSE(list.best());
  list.set_succeeded(*worst);
  EXPECT_EQ(list.best(), worst);
  EXPECT_TRUE(list.may_improve(*worst));
  list.set_failed(*best);
  EXPECT_FALSE(list.may_improve(*worst));
  EXPECT_FALSE(list.all_failed());
  list.set_failed(*worst);
  EXPECT_TRUE(list.all_failed());
  EXPECT_TRUE(IceCheckList().all_failed());
}

TEST(IceCheckList, TheOrderIsTheSameOnBothSides) {
  IceCheckList ours;
  IceCheckList theirs;
  ours.set_controlling(true);
  for (const std::uint32_t priority : {7U, 2000U, 1000U}) {
    CandidatePair one = pair(priority, "a", static_cast<std::uint16_t>(priority));
    const auto mine = ours.add(one);
    std::swap(one.local, one.remote);
    one.remote.address.port = static_cast<std::uint16_t>(priority);
    const auto other = theirs.add(one);
    EXPECT_EQ(ours.at(*mine).priority, theirs.at(*other).priority);
  }
  ours.set_controlling(false);
  EXPECT_EQ(ours.at(1).priority, pair_priority(2000, 1000));
}

}  // namespace
}  // namespace sotto::reach
