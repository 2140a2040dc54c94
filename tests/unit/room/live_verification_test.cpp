#include "room/live_verification.h"

#include <deque>
#include <gtest/gtest.h>

#include "support/people.h"
#include "support/seeded_entropy.h"

namespace sotto::room {
namespace {

using State = LiveVerification::State;
using Failure = LiveVerification::Failure;
using wire::VerificationKind;
using wire::VerificationStep;

class LiveVerificationTest : public testing::Test {
 protected:
  struct End {
    std::optional<LiveVerification> verification;
    std::deque<VerificationStep> inbox;
  };

  static VerificationPeer peer_of(const Person& person) {
    return {person.card.identity_pk, crypto::fingerprint(person.card)};
  }

  static void send(const LiveVerification::Steps& steps, End& to) {
    to.inbox.insert(to.inbox.end(), steps.begin(), steps.end());
  }

  // One step on its way, perhaps changed by whoever sits between.
  bool deliver(End& to, End& back) {
    if (to.inbox.empty()) return false;
    VerificationStep step = to.inbox.front();
    to.inbox.pop_front();
    if (tamper_ && step.kind == *tamper_) step.value[0] ^= std::byte{1};
    kinds_.push_back(step.kind);
    send(to.verification->on_step(step, &to == &joiner_ ? joiner_binding_ : host_binding_),
         back);
    return true;
  }

  void exchange() {
    while (deliver(host_, joiner_) || deliver(joiner_, host_)) {
    }
  }

  void begin(End& end, End& other) { send(end.verification->begin(), other); }

  void expect_both(State state) {
    EXPECT_EQ(joiner_.verification->state(), state);
    EXPECT_EQ(host_.verification->state(), state);
  }

  SeededEntropy entropy_{11};
  Person anna_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  crypto::Hash64 joiner_binding_{std::byte{7}};
  crypto::Hash64 host_binding_ = joiner_binding_;
  std::optional<VerificationKind> tamper_;
  std::vector<VerificationKind> kinds_;
  End joiner_{LiveVerification(peer_of(bob_), peer_of(anna_), true, entropy_), {}};
  End host_{LiveVerification(peer_of(anna_), peer_of(bob_), false, entropy_), {}};
};

TEST_F(LiveVerificationTest, BothSeeTheSameAndConfirm) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  expect_both(State::comparing);
  ASSERT_TRUE(joiner_.verification->sas() != nullptr && host_.verification->sas() != nullptr);
  EXPECT_EQ(joiner_.verification->sas()->emoji(), host_.verification->sas()->emoji());
  EXPECT_EQ(joiner_.verification->sas()->numbers(), host_.verification->sas()->numbers());
  send(joiner_.verification->answer(true), host_);
  exchange();
  expect_both(State::comparing);  // one yes is not enough
  send(host_.verification->answer(true), joiner_);
  exchange();
  expect_both(State::verified);
}

TEST_F(LiveVerificationTest, WhoeverBeginsFirstMayHaveBeenMissed) {
  begin(joiner_, host_);
  host_.inbox.clear();  // nobody waited there yet
  begin(host_, joiner_);
  exchange();
  expect_both(State::comparing);
}

TEST_F(LiveVerificationTest, TheOtherSideMayBeFirstAsWell) {
  begin(host_, joiner_);
  joiner_.inbox.clear();
  begin(joiner_, host_);
  exchange();
  expect_both(State::comparing);
}

TEST_F(LiveVerificationTest, ANonceIsRevealedOnlyAfterTheOthersIsKnown) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  const std::vector<VerificationKind> wanted{VerificationKind::commit, VerificationKind::nonce,
                                             VerificationKind::reveal};
  std::erase(kinds_, VerificationKind::request);
  EXPECT_EQ(kinds_, wanted);
}

TEST_F(LiveVerificationTest, ANonceThatDoesNotFitItsCommitmentShowsNothing) {
  tamper_ = VerificationKind::reveal;
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  EXPECT_EQ(host_.verification->failure(), Failure::broken);
  EXPECT_EQ(host_.verification->sas(), nullptr);
  EXPECT_EQ(joiner_.verification->failure(), Failure::denied_there);
}

TEST_F(LiveVerificationTest, AChangedNonceShowsAsADifference) {
  tamper_ = VerificationKind::nonce;
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  expect_both(State::comparing);
  EXPECT_NE(joiner_.verification->sas()->emoji(), host_.verification->sas()->emoji());
}

TEST_F(LiveVerificationTest, SomebodyBetweenTwoSessionsShowsAsADifference) {
  host_binding_[0] ^= std::byte{1};
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  expect_both(State::comparing);
  EXPECT_NE(joiner_.verification->sas()->emoji(), host_.verification->sas()->emoji());
}

TEST_F(LiveVerificationTest, OtherKeysShowAsADifference) {
  const Person mallory(entropy_, "bob");
  VerificationPeer shown_to_anna = peer_of(bob_);
  shown_to_anna.fingerprint = crypto::fingerprint(mallory.card);
  host_.verification.emplace(peer_of(anna_), shown_to_anna, false, entropy_);
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  expect_both(State::comparing);
  EXPECT_NE(joiner_.verification->sas()->emoji(), host_.verification->sas()->emoji());
}

TEST_F(LiveVerificationTest, ANoEndsItForBoth) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  send(joiner_.verification->answer(true), host_);
  exchange();
  send(host_.verification->answer(false), joiner_);
  exchange();
  expect_both(State::failed);
  EXPECT_EQ(host_.verification->failure(), Failure::denied_here);
  EXPECT_EQ(joiner_.verification->failure(), Failure::denied_there);
}

TEST_F(LiveVerificationTest, WhoConfirmsBeforeThereIsAnythingToSeeIsNotHeard) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  deliver(host_, joiner_);  // the joiner's request has come
  VerificationStep early = joiner_.inbox.back();
  early.kind = VerificationKind::confirm;
  // The host's own words, turned round: what a hostile joiner would send.
  std::swap(early.from, early.to);
  const VerificationStep request = joiner_.verification->begin().front();
  early.attempt = request.attempt;
  early.answering = joiner_.inbox.back().attempt;
  send(host_.verification->on_step(early, host_binding_), joiner_);
  EXPECT_EQ(host_.verification->failure(), Failure::broken);
}

TEST_F(LiveVerificationTest, ARestartBeforeTheComparisonBeginsAgain) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  deliver(joiner_, host_);  // a commit is on its way
  joiner_.inbox.clear();
  host_.inbox.clear();
  joiner_.verification.emplace(peer_of(bob_), peer_of(anna_), true, entropy_);
  begin(joiner_, host_);
  exchange();
  expect_both(State::comparing);
  EXPECT_EQ(joiner_.verification->sas()->emoji(), host_.verification->sas()->emoji());
}

// Else whoever sits between could draw until something fits.
TEST_F(LiveVerificationTest, NobodyGetsASecondNonce) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  while (joiner_.inbox.empty() || joiner_.inbox.back().kind != VerificationKind::nonce) {
    ASSERT_TRUE(deliver(host_, joiner_) || deliver(joiner_, host_));
  }
  host_.inbox.clear();
  joiner_.verification.emplace(peer_of(bob_), peer_of(anna_), true, entropy_);
  begin(joiner_, host_);
  deliver(host_, joiner_);
  EXPECT_EQ(host_.verification->failure(), Failure::begun_anew);
}

TEST_F(LiveVerificationTest, ARestartWhileComparingIsToldAsOne) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  exchange();
  joiner_.verification.emplace(peer_of(bob_), peer_of(anna_), true, entropy_);
  begin(joiner_, host_);
  deliver(host_, joiner_);
  EXPECT_EQ(host_.verification->failure(), Failure::begun_anew);
  EXPECT_EQ(host_.verification->answer(true).size(), 0u);
}

TEST_F(LiveVerificationTest, AnotherSessionInTheMiddleBeginsAnew) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  deliver(host_, joiner_);
  host_binding_[1] ^= std::byte{1};
  exchange();
  EXPECT_EQ(host_.verification->failure(), Failure::begun_anew);
}

TEST_F(LiveVerificationTest, GivingUpWhileWaitingIsTold) {
  begin(joiner_, host_);
  begin(host_, joiner_);
  deliver(host_, joiner_);
  send(host_.verification->answer(false), joiner_);
  EXPECT_EQ(host_.verification->failure(), Failure::denied_here);
  exchange();
  EXPECT_EQ(joiner_.verification->failure(), Failure::denied_there);
}

}  // namespace
}  // namespace sotto::room
