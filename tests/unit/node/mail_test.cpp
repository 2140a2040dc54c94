// Mail over relays in memory: left by one store, fetched by another, whatever the relays do.
#include "node/mail_fetch.h"
#include "node/relay_errors.h"
#include "node/store_thread.h"
#include "node/system.h"
#include "room/admission.h"
#include "room/errors.h"
#include "store/mailboxes.h"
#include "support/mail_relay.h"
#include "support/run_real.h"
#include "unit/room/testing.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

const std::string one = "wss://one.example/";
const std::string two = "wss://two.example/";

struct Ear final : MailListener {
  void on_mail(const room::TakenIn& taken) override {
    for (const auto& message : taken.messages) texts.push_back(message.message.text);
  }
  void on_notice(const Error& what) override { notices.push_back(what.name()); }

  std::vector<std::string> texts;
  std::vector<std::string> notices;
};

class MailTest : public room::RoomTest {
 protected:
  MailTest() {
    room_ = add_room(host_, "kitchen");
    const auto file = invite(host_, room_);
    joined_ = must(room::keep_connection(member_.database, file, std::nullopt, now_)).room;
    must(room::admit(host_.database, {file.invite_id, member_.card(), room_.id, {}, now_},
                     entropy_));
    meet_live();
  }
  ~MailTest() override {
    host_store_.stop();
    member_store_.stop();
  }

  room::Pair of_host() const { return {room_.id, host_.identity(), member_.identity(), true}; }
  room::Pair of_member() const {
    return {room_.id, member_.identity(), host_.identity(), false};
  }

  void meet_live() {
    const crypto::SymmetricKey exporter(entropy_);
    const std::vector<std::string> urls{one, two};
    const auto now = wall_now();
    const auto from_host =
        must(room::begin_chains(host_.database, of_host(), exporter, urls, now, entropy_));
    const auto from_member =
        must(room::begin_chains(member_.database, of_member(), exporter, urls, now, entropy_));
    must(room::take_offer(host_.database, of_host(), from_member, from_member.relays));
    must(room::take_offer(member_.database, of_member(), from_host, from_host.relays));
  }

  // The store's thread has the database from its first job on: between the two, nothing else.
  void say(const std::string& text) {
    using Composed = room::Composed;
    auto job = [this, text](store::Database& database) -> Result<Composed> {
      return room::compose(database, joined_, member_.person.identity.identity, text,
                           MessageId::random(entropy_), wall_now());
    };
    must(finish(io_, member_store_.run<Composed>(std::move(job))));
  }
  void add_mailbox() {
    auto job = [this](store::Database& database) -> Result<bool> {
      auto own = crypto::Ed25519KeyPair::generate(entropy_);
      const auto put = store::Mailboxes(database).put(
          {room_.id, crypto::Ed25519PublicKey::random(entropy_), std::move(own.secret), {}});
      if (!put) return std::unexpected(put.error());
      return true;
    };
    must(finish(io_, host_store_.run<bool>(std::move(job))));
  }
  LeftMail leave() {
    return must(
        finish(io_, leave_mail(member_store_, open_desk(), of_member(), false, 0, marks_)));
  }
  Ear fetch() {
    Ear ear;
    MailboxesOf what{room_.id, host_.identity(), true, false, {one, two}};
    must(finish(io_, fetch_mail(host_store_, open_desk(), std::move(what), ear)));
    return ear;
  }
  OpenDesk open_desk() {
    return [this](const std::string& url, bool) -> Result<std::shared_ptr<RelayDesk>> {
      MailRelay& at = url == one ? one_ : two_;
      RelayTiming timing;
      timing.answer = milliseconds(300);
      return std::make_shared<RelayDesk>(io_.get_executor(), at.relay.place({}, timing));
    };
  }
  static std::string name_of(const LeftMail& left) {
    return left.error ? left.error->name() : "";
  }
  using Texts = std::vector<std::string>;

  boost::asio::io_context io_;
  std::shared_ptr<MailMarks> marks_ = std::make_shared<MailMarks>();
  room::Household host_{entropy_, "Ada"};
  room::Household member_{entropy_, "Bob"};
  store::RoomRow room_;
  store::RoomRow joined_;
  MailRelay one_{io_};
  MailRelay two_{io_};
  StoreThread host_store_{io_.get_executor(), host_.database};
  StoreThread member_store_{io_.get_executor(), member_.database};
};

TEST_F(MailTest, IsLeftOnTwoRelaysAndTakenInOnce) {
  EXPECT_TRUE(fetch().texts.empty()) << "but the mailbox is open now";
  say("hello");
  say(std::string(200'000, 'x'));
  const auto left = leave();
  EXPECT_EQ(name_of(left), "");
  EXPECT_EQ(left.relayed.size(), 2U);
  EXPECT_EQ(one_.kept(), 5U);
  EXPECT_EQ(two_.kept(), 5U);
  EXPECT_TRUE(leave().relayed.empty()) << "it lies there";
  const Ear heard = fetch();
  EXPECT_EQ(heard.texts, (Texts{"hello", std::string(200'000, 'x')}));
  EXPECT_TRUE(heard.notices.empty());
  EXPECT_EQ(one_.kept() + two_.kept(), 0U) << "acknowledged";
  EXPECT_TRUE(fetch().texts.empty());
}

// Who sees a mailbox filled by one connection and another emptied by the same knows two
// friends.
TEST_F(MailTest, NoConnectionBothLeavesAndFetches) {
  fetch();
  say("hello");
  leave();
  fetch();
  std::map<const FakeRelay::Caller*, std::set<bool>> uses;
  const auto deposit = wire::RelayAction(wire::RelayDeposit{}).index();
  for (const auto& [caller, action] : one_.asked) uses[caller].insert(action == deposit);
  EXPECT_GE(uses.size(), 3U);
  for (const auto& [caller, use] : uses) EXPECT_EQ(use.size(), 1U);
}

TEST_F(MailTest, OneRelayIsEnough) {
  fetch();
  one_.relay.unreachable = Error(RelayErrc::lost, "The relay is not there.");
  say("hello");
  EXPECT_EQ(leave().relayed.size(), 1U);
  EXPECT_EQ(two_.kept(), 1U);
  EXPECT_EQ(fetch().texts, Texts{"hello"});
}

TEST_F(MailTest, ARefusalSaysWhatItMeans) {
  say("hello");
  const auto closed = leave();
  EXPECT_EQ(name_of(closed), "mailbox.closed");
  EXPECT_TRUE(closed.relayed.empty());
  fetch();
  one_.quota = two_.quota = 0;
  EXPECT_EQ(name_of(leave()), "mailbox.full");
  one_.quota = two_.quota = 100;
  one_.silent = two_.silent = true;
  EXPECT_EQ(name_of(leave()), "relay.silent");
  one_.silent = two_.silent = false;
  EXPECT_EQ(leave().relayed.size(), 1U);
  EXPECT_EQ(fetch().texts, Texts{"hello"});
}

// Who gives a message up must know whether it may arrive all the same.
TEST_F(MailTest, OnlyARefusalByAllSaysThatNothingHasLeft) {
  fetch();
  say("hello");
  one_.quota = two_.quota = 0;
  EXPECT_EQ(name_of(leave()), "mailbox.full");
  EXPECT_TRUE(marks_->perhaps_left.all().empty());
  one_.silent = true;
  EXPECT_EQ(name_of(leave()), "mailbox.full") << "what the last one said";
  EXPECT_EQ(marks_->perhaps_left.all().size(), 1U);
  one_.silent = false;
  EXPECT_EQ(name_of(leave()), "mailbox.full");
  EXPECT_EQ(marks_->perhaps_left.all().size(), 1U) << "the first try is not forgotten";
  one_.quota = two_.quota = 100;
  EXPECT_EQ(leave().relayed.size(), 1U);
  EXPECT_TRUE(marks_->perhaps_left.all().empty()) << "the store says it now";
}

TEST_F(MailTest, WhatIsKeptBackIsLookedAtAgain) {
  fetch();
  say("one");
  say("two");
  LeftMail left;
  {
    auto marks = marks_;
    const KeptBack kept(std::move(marks), {1});
    left = leave();
    EXPECT_EQ(left.relayed.size(), 1U);
    EXPECT_EQ(left.looked_up_to, 0);
  }
  EXPECT_EQ(leave().relayed, std::vector<std::int64_t>{1});
}

TEST_F(MailTest, AQuotaStopsAtWhatItHolds) {
  fetch();
  one_.quota = two_.quota = 2;
  for (const char* text : {"one", "two", "three"}) say(text);
  const auto left = leave();
  EXPECT_EQ(left.relayed.size(), 2U);
  EXPECT_EQ(name_of(left), "mailbox.full");
  EXPECT_EQ(fetch().texts, (Texts{"one", "two"}));
  EXPECT_EQ(leave().relayed.size(), 1U);
  EXPECT_EQ(fetch().texts, Texts{"three"});
}

TEST_F(MailTest, MuchIsFetchedPageByPage) {
  fetch();
  Texts said;
  for (int i = 0; i < 30; ++i) {
    said.push_back("message " + std::to_string(i));
    say(said.back());
  }
  leave();
  EXPECT_EQ(fetch().texts, said);
  EXPECT_EQ(one_.kept() + two_.kept(), 0U);
}

// What a relay changes is noticed; the other one makes up for it.
TEST_F(MailTest, ARelayThatTampersIsNoticedAndHarmsNothing) {
  fetch();
  say("hello");
  leave();
  one_.lie = [](wire::RelayDeposits& given) {
    for (auto& deposit : given.deposits) deposit.content[200] ^= std::byte{1};
  };
  const Ear heard = fetch();
  EXPECT_EQ(heard.texts, Texts{"hello"});
  EXPECT_EQ(heard.notices, Texts{"mailbox.damaged"});
}

TEST_F(MailTest, WhatARelayWithholdsHoldsUpNothingElse) {
  fetch();
  for (const char* text : {"one", "two", "three"}) say(text);
  leave();
  const auto withhold = [](wire::RelayDeposits& given) {
    std::erase_if(given.deposits, [](const auto& deposit) { return deposit.number == 2; });
  };
  one_.lie = withhold;
  EXPECT_EQ(fetch().texts, (Texts{"one", "two", "three"})) << "the other relay has it";
  two_.lie = withhold;
  for (const char* text : {"four", "five", "six"}) say(text);
  one_.mailboxes.begin()->second = {};
  two_.mailboxes.begin()->second = {};
  leave();
  const Ear heard = fetch();
  EXPECT_EQ(heard.texts, (Texts{"four", "six"}));
  EXPECT_TRUE(heard.notices.empty()) << "the sender may have taken it back";
}

// A quota is of one mailbox: the next is opened all the same.
TEST_F(MailTest, ARefusedMailboxKeepsNoOtherFromBeingFetched) {
  fetch();
  say("hello");
  leave();
  two_.relay.unreachable = Error(RelayErrc::lost, "The relay is not there.");
  // Whichever comes first of the store: each of the two is refused once.
  add_mailbox();
  Texts heard;
  for (const bool first : {true, false}) {
    std::size_t opened = 0;
    one_.refuses_to_open = [&, first](const wire::MailboxId&) {
      return (++opened == 1) == first;
    };
    const Ear ear = fetch();
    heard.insert(heard.end(), ear.texts.begin(), ear.texts.end());
    EXPECT_EQ(opened, 2U);
  }
  EXPECT_EQ(heard, Texts{"hello"});
  one_.refuses_to_open = nullptr;
  one_.relay.unreachable = Error(RelayErrc::lost, "The relay is not there.");
  const int before = one_.relay.dialed;
  fetch();
  EXPECT_EQ(one_.relay.dialed, before + 1) << "not reached: asked once";
}

TEST_F(MailTest, ARelayThatRepeatsReordersOrInventsIsNoticed) {
  fetch();
  for (const char* text : {"one", "two"}) say(text);
  leave();
  two_.relay.unreachable = Error(RelayErrc::lost, "The relay is not there.");
  one_.lie = [](wire::RelayDeposits& given) { std::ranges::reverse(given.deposits); };
  Ear heard = fetch();
  ASSERT_FALSE(heard.notices.empty());
  EXPECT_EQ(heard.notices.front(), "relay.protocol");
  one_.lie = [](wire::RelayDeposits& given) {
    if (!given.deposits.empty()) given.deposits.push_back(given.deposits.front());
    given.more = true;
  };
  const Ear again = fetch();
  EXPECT_FALSE(again.notices.empty());
  one_.lie = nullptr;
  Texts all = heard.texts;
  for (const Ear& ear : {again, fetch()})
    all.insert(all.end(), ear.texts.begin(), ear.texts.end());
  std::ranges::sort(all);
  EXPECT_EQ(all, (Texts{"one", "two"}));
  // Rubbish without end: it stops, and what it has been told to drop it may keep.
  one_.lie = [n = std::uint64_t{1000}](wire::RelayDeposits& given) mutable {
    given.deposits.clear();
    given.deposits.push_back({++n, wire::DepositId(), Bytes(65535, std::byte{7})});
    given.more = true;
  };
  EXPECT_EQ(fetch().texts, Texts());
}

// Killed after the commit and before the acknowledgement: it is given again, and was had.
TEST_F(MailTest, WhatWasNotAcknowledgedIsNotTakenInTwice) {
  fetch();
  say("hello");
  leave();
  const auto before = one_.mailboxes;
  EXPECT_EQ(fetch().texts, Texts{"hello"});
  one_.mailboxes = before;
  two_.mailboxes = before;
  const Ear again = fetch();
  EXPECT_TRUE(again.texts.empty());
  EXPECT_TRUE(again.notices.empty());
  EXPECT_EQ(one_.kept() + two_.kept(), 0U);
}

}  // namespace
}  // namespace sotto::node
