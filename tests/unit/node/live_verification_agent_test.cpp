// Live verification between agents: the host of a room and a member, or two members.
#include "node/live_verifications.h"
#include "node/people.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class LiveVerificationsTest : public LoopsTest {
 protected:
  Started<LiveReply> compare(Client& client, const std::string& who,
                             milliseconds timeout = std::chrono::seconds(10)) {
    return start(client.side(), client.side().agent->compare(client.id(), {who, timeout}));
  }
  Started<ContactInfo> confirm(Client& client, const LiveReply& shown, bool same) {
    return start(client.side(),
                 client.side().agent->confirm(
                     client.id(), {shown.fingerprint, same, std::chrono::seconds(10)}));
  }
  bool is_verified(Side& side, const std::string& who) {
    auto job = [&side, who](store::Database&) { return show_contact(side.profile, {who}); };
    return must(run(side, side.runtime->store().run<ContactInfo>(std::move(job)))).verified;
  }

  void meet() {
    must(host(anna_client_, "lobby"));
    must(join(bob_client_, invite(anna_, "lobby")));
    until([&] { return !anna_client_.presence().empty(); });
  }

  Client anna_client_{anna_};
  Client bob_client_{bob_};
};

TEST_F(LiveVerificationsTest, BothSeeTheSameAndBothYesesAreRecorded) {
  meet();
  const auto anna = compare(anna_client_, "bob");
  const auto bob = compare(bob_client_, "anna");
  const LiveReply at_anna = must(result_of(anna));
  const LiveReply at_bob = must(result_of(bob));
  EXPECT_EQ(at_anna.emoji.size(), 7u);
  EXPECT_EQ(at_anna.emoji, at_bob.emoji);
  EXPECT_EQ(at_anna.numbers, at_bob.numbers);
  const auto yes = confirm(anna_client_, at_anna, true);
  run_for(milliseconds(30));
  EXPECT_FALSE(yes.ended());
  EXPECT_FALSE(is_verified(anna_, "bob"));  // one yes is not enough
  EXPECT_TRUE(must(result_of(confirm(bob_client_, at_bob, true))).verified);
  EXPECT_TRUE(must(result_of(yes)).verified);
  EXPECT_TRUE(is_verified(anna_, "bob"));
  EXPECT_TRUE(is_verified(bob_, "anna"));
}

TEST_F(LiveVerificationsTest, ANoFailsBothAndRecordsNothing) {
  meet();
  const auto anna = compare(anna_client_, "bob");
  const auto bob = compare(bob_client_, "anna");
  const LiveReply at_anna = must(result_of(anna));
  const LiveReply at_bob = must(result_of(bob));
  const auto yes = confirm(anna_client_, at_anna, true);
  EXPECT_EQ(result_of(confirm(bob_client_, at_bob, false)).error().name(),
            "verification.failed");
  EXPECT_EQ(result_of(yes).error().name(), "verification.failed");
  EXPECT_FALSE(is_verified(anna_, "bob"));
  EXPECT_FALSE(is_verified(bob_, "anna"));
}

TEST_F(LiveVerificationsTest, APersonIsToldThatAnotherWaits) {
  meet();
  const auto bob = compare(bob_client_, "anna");
  until([&] { return !anna_client_.all<NoticeEvent>().empty(); });
  run_for(milliseconds(1'200));  // the request is repeated, the notice is not
  ASSERT_EQ(anna_client_.all<NoticeEvent>().size(), 1u);
  EXPECT_EQ(anna_client_.all<NoticeEvent>()[0].code, "verification.requested");
  const auto anna = compare(anna_client_, "bob");
  EXPECT_EQ(must(result_of(anna)).emoji, must(result_of(bob)).emoji);
}

TEST_F(LiveVerificationsTest, NobodyThereEndsInTime) {
  meet();
  EXPECT_EQ(result_of(compare(anna_client_, "bob", milliseconds(50))).error().name(),
            "verification.no_answer");
}

TEST_F(LiveVerificationsTest, WhoLeavesGivesUp) {
  meet();
  const auto anna = compare(anna_client_, "bob");
  const auto bob = compare(bob_client_, "anna");
  const LiveReply at_anna = must(result_of(anna));
  must(result_of(bob));
  const auto yes = confirm(anna_client_, at_anna, true);
  bob_client_.detach();
  EXPECT_EQ(result_of(yes).error().name(), "verification.failed");
}

TEST_F(LiveVerificationsTest, AClosedRoomIsSaidSo) {
  meet();
  leave(bob_client_, "lobby");
  until([&] { return bob_client_.ended().has_value(); });
  leave(anna_client_, "lobby");
  until([&] { return anna_client_.ended().has_value(); });
  EXPECT_EQ(result_of(compare(anna_client_, "bob")).error().name(), "verification.no_answer");
}

TEST_F(LiveVerificationsTest, NobodyAnswersForAnothersComparison) {
  meet();
  const auto anna = compare(anna_client_, "bob");
  const auto bob = compare(bob_client_, "anna");
  const LiveReply at_anna = must(result_of(anna));
  must(result_of(bob));
  Client other(anna_);
  EXPECT_EQ(result_of(confirm(other, at_anna, true)).error().name(), "verification.no_answer");
}

TEST_F(LiveVerificationsTest, AMemberOpensTheRoomToVerifyItsHost) {
  meet();
  leave(bob_client_, "lobby");
  until([&] { return bob_client_.ended().has_value(); });
  const auto bob = compare(bob_client_, "anna");
  const auto anna = compare(anna_client_, "bob");
  EXPECT_EQ(must(result_of(anna)).emoji, must(result_of(bob)).emoji);
}

}  // namespace
}  // namespace sotto::node
