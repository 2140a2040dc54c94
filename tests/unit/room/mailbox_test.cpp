// Offline messages between two stores, with what a relay may do to deposits on the way.
#include "room/mailbox.h"

#include <algorithm>

#include "room/admission.h"
#include "room/deposit.h"
#include "room/people.h"
#include "store/chains.h"
#include "store/mailboxes.h"
#include "unit/room/testing.h"
#include "wire/limits.h"

namespace sotto::room {
namespace {

const std::vector<std::string> relays{"wss://one.example/", "wss://two.example/"};

class MailboxTest : public RoomTest {
 protected:
  MailboxTest() {
    room_ = add_room(host_, "kitchen");
    const auto file = invite(host_, room_);
    joined_ = must(keep_connection(member_.database, file, std::nullopt, now_)).room;
    const auto verdict = must(
        admit(host_.database, {file.invite_id, member_.card(), room_.id, {}, now_}, entropy_));
    EXPECT_TRUE(std::holds_alternative<Admission>(verdict));
  }

  Pair of_host() const { return {room_.id, host_.identity(), member_.identity(), true}; }
  Pair of_member() const { return {room_.id, member_.identity(), host_.identity(), false}; }

  // A live session, in which both sides offer; `kept`: and hear that the other has stored it.
  void meet_live(bool kept = true, const std::vector<std::string>& open_at = relays) {
    const crypto::SymmetricKey exporter(entropy_);
    const auto from_host =
        must(begin_chains(host_.database, of_host(), exporter, open_at, now_, entropy_));
    const auto from_member =
        must(begin_chains(member_.database, of_member(), exporter, open_at, now_, entropy_));
    EXPECT_NE(from_host.chain, from_member.chain);
    EXPECT_TRUE(must(take_offer(host_.database, of_host(), from_member, from_member.relays)));
    EXPECT_TRUE(must(take_offer(member_.database, of_member(), from_host, from_host.relays)));
    hosts_mailbox_ = from_host.mailbox;
    members_mailbox_ = from_member.mailbox;
    if (!kept) return;
    must(take_kept(host_.database, of_host(), from_host.chain, now_));
    must(take_kept(member_.database, of_member(), from_member.chain, now_));
  }

  MessageId say(Household& who, const std::string& text) {
    const auto id = MessageId::random(entropy_);
    const auto& row = &who == &host_ ? room_ : joined_;
    must(compose(who.database, row, who.person.identity.identity, text, id, now_));
    return id;
  }
  // What the member leaves for the host, all of it.
  std::vector<Bytes> deposited_by_member() {
    std::vector<Bytes> out;
    std::int64_t after = 0;
    while (auto next =
               must(next_deposit(member_.database, of_member(), after, now_, entropy_))) {
      EXPECT_EQ(next->mailbox, hosts_mailbox_);
      EXPECT_EQ(next->relays, relays);
      for (Bytes& part : next->parts) out.push_back(std::move(part));
      after = next->seq;
      must(mark_relayed(member_.database, of_member(), after, {relays[0]}));
    }
    return out;
  }
  TakenIn taken_by_host(const std::vector<Bytes>& deposits) {
    const std::vector<ByteView> views(deposits.begin(), deposits.end());
    return must(in_transaction(host_.database, [&] {
      return take_in(host_.database, of_host(), hosts_mailbox_, views, now_);
    }));
  }
  static std::vector<std::string> texts(const TakenIn& taken) {
    std::vector<std::string> out;
    for (const auto& one : taken.messages) out.push_back(one.message.text);
    return out;
  }
  using Texts = std::vector<std::string>;
  std::vector<store::ChainRow> chains(Household& who) {
    return must(store::Chains(who.database)
                    .of(room_.id, &who == &host_ ? member_.identity() : host_.identity()));
  }
  std::ptrdiff_t count(Household& who, bool sending) {
    return std::ranges::count(chains(who), sending, &store::ChainRow::sending);
  }

  Household host_{entropy_, "Ada"};
  Household member_{entropy_, "Bob"};
  store::RoomRow room_;
  store::RoomRow joined_;
  crypto::Ed25519PublicKey hosts_mailbox_;
  crypto::Ed25519PublicKey members_mailbox_;
};

TEST_F(MailboxTest, WhatWasLeftIsTakenInOnceAndIsStillSentLive) {
  meet_live();
  say(member_, "one");
  say(member_, "two");
  const auto deposits = deposited_by_member();
  ASSERT_EQ(deposits.size(), 2U);
  const auto taken = taken_by_host(deposits);
  EXPECT_EQ(texts(taken), (Texts{"one", "two"}));
  EXPECT_EQ(taken.messages[0].author.name, "Bob");
  EXPECT_EQ(taken.done, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(taken.unreadable + taken.missing, 0U);
  const auto again = taken_by_host(deposits);
  EXPECT_TRUE(again.messages.empty());
  EXPECT_EQ(again.done, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(again.unreadable, 0U);
  EXPECT_EQ(must(store::Outbox(member_.database).count()), 2U);
  const auto live =
      must(store::Outbox(member_.database).waiting(room_.id, host_.identity(), 0, 9));
  const auto accepted =
      must(accept(host_.database, room_.id, must(wire::decode_message(live[0].message)), now_));
  EXPECT_EQ(accepted.outcome, store::Messages::Added::duplicate);
}

TEST_F(MailboxTest, WithoutASessionOrARelayThereIsNoWay) {
  const auto left = [&] {
    return next_deposit(member_.database, of_member(), 0, now_, entropy_);
  };
  EXPECT_FALSE(must(left())) << "nothing waits, so nothing is wrong";
  say(member_, "one");
  EXPECT_TRUE(left().error().is(Errc::mailbox_no_session));
  // The other side may not have stored its end.
  must(begin_chains(member_.database, of_member(), crypto::SymmetricKey(entropy_), relays, now_,
                    entropy_));
  EXPECT_TRUE(left().error().is(Errc::mailbox_no_session));
  meet_live(true, {});
  EXPECT_TRUE(left().error().is(Errc::mailbox_no_relay));
  meet_live();
  EXPECT_TRUE(must(left()));
}

// However often it is tried, a message takes one step of the chain: a reader goes no more than
// a thousand ahead.
TEST_F(MailboxTest, AMessageIsSealedOnceAndTheStepIsStoredWithIt) {
  meet_live();
  say(member_, "one");
  const auto first = must(next_deposit(member_.database, of_member(), 0, now_, entropy_));
  for (int i = 0; i < 5; ++i) {
    store::Database after_a_crash = member_.reopen(entropy_);
    const auto again = must(next_deposit(after_a_crash, of_member(), 0, now_, entropy_));
    EXPECT_EQ(again->parts, first->parts);
  }
  const auto rows = chains(member_);
  const auto writing = std::ranges::find(rows, true, &store::ChainRow::sending);
  EXPECT_EQ(writing->next, 1U);
  // A transaction that comes to nothing leaves neither.
  say(member_, "two");
  EXPECT_FALSE(in_transaction(member_.database, [&]() -> Result<int> {
    must(next_deposit(member_.database, of_member(), first->seq, now_, entropy_));
    return fail(Errc::busy, "The disk is full.");
  }));
  const auto after = chains(member_);
  EXPECT_EQ(std::ranges::find(after, true, &store::ChainRow::sending)->next, 1U);
}

TEST_F(MailboxTest, ANewChainIsWrittenOnceTheOtherSideHasStoredIt) {
  meet_live();
  const auto old = chains(member_);
  // The member's offer got lost, or the session ended before: the host knows of no new chain.
  const crypto::SymmetricKey exporter(entropy_);
  const auto offer =
      must(begin_chains(host_.database, of_host(), exporter, relays, now_, entropy_));
  must(begin_chains(member_.database, of_member(), exporter, relays, now_, entropy_));
  say(member_, "on the old one");
  const auto before = deposited_by_member();
  EXPECT_EQ(count(member_, true), 2);
  EXPECT_TRUE(must(take_offer(member_.database, of_member(), offer, offer.relays)));
  EXPECT_EQ(count(member_, true), 1) << "the old one is destroyed";
  say(member_, "on the new one");
  const auto after = deposited_by_member();
  ASSERT_EQ(after.size(), 1U);
  // The host reads both, in either order.
  EXPECT_EQ(texts(taken_by_host(after)), Texts{"on the new one"});
  EXPECT_EQ(texts(taken_by_host(before)), Texts{"on the old one"});
}

TEST_F(MailboxTest, ReadChainsLiveEightDaysMore) {
  meet_live();
  say(member_, "one");
  say(member_, "two");
  const auto deposits = deposited_by_member();
  const auto left = chains(host_).front().id;
  meet_live();
  EXPECT_EQ(count(host_, false), 2);
  now_ += chain_outlives - std::chrono::seconds(1);
  meet_live();
  EXPECT_EQ(count(host_, false), 3);
  EXPECT_EQ(texts(taken_by_host({deposits[0]})), Texts{"one"});
  now_ += std::chrono::seconds(1);
  meet_live();
  EXPECT_FALSE(must(store::Chains(host_.database).find(left)));
  const auto late = taken_by_host({deposits[1]});
  EXPECT_TRUE(late.messages.empty());
  EXPECT_EQ(late.unreadable, 1U);
  EXPECT_EQ(late.done.size(), 1U);
}

// Sessions that break off before the other side could answer must not cost the chain that it
// writes to, nor pile up.
TEST_F(MailboxTest, ManySessionsLeaveFewChainsAndTheOneThatIsWritten) {
  meet_live();
  say(member_, "one");
  const auto deposits = deposited_by_member();
  must(host_.database.transaction([&]() -> Result<void> {
    for (int i = 0; i < 100; ++i) {
      must(begin_chains(host_.database, of_host(), crypto::SymmetricKey(entropy_), relays, now_,
                        entropy_));
    }
    return {};
  }));
  EXPECT_LE(count(host_, false), static_cast<std::ptrdiff_t>(chains_limit) + 1);
  EXPECT_EQ(count(host_, true), 2) << "the one in use, and the newest";
  EXPECT_EQ(texts(taken_by_host(deposits)), Texts{"one"});
}

TEST_F(MailboxTest, LongMessagesAreTakenInWhenAllPartsAreThere) {
  meet_live();
  const std::string text(wire::message_text_limit, 'x');
  say(member_, "before");
  say(member_, text);
  say(member_, "after");
  auto deposits = deposited_by_member();
  ASSERT_EQ(deposits.size(), 19U);
  const Bytes withheld = std::move(deposits[9]);
  deposits.erase(deposits.begin() + 9);
  std::ranges::reverse(deposits);
  const auto some = taken_by_host(deposits);
  EXPECT_EQ(texts(some), (Texts{"before", "after"}));
  EXPECT_EQ(some.done, (std::vector<std::size_t>{0, 17})) << "the parts stay where they are";
  EXPECT_EQ(some.missing, 0U) << "known to be on its way";
  deposits.push_back(withheld);
  const auto all = taken_by_host(deposits);
  EXPECT_EQ(texts(all), Texts{text});
  EXPECT_EQ(all.done.size(), deposits.size());
}

// Copies on two relays, one of which repeats itself, one of which keeps something back.
TEST_F(MailboxTest, TwoRelaysMakeUpForEachOther) {
  meet_live();
  say(member_, std::string(100'000, 'x'));
  say(member_, "short");
  const auto deposits = deposited_by_member();
  ASSERT_EQ(deposits.size(), 3U);
  const auto taken =
      taken_by_host({deposits[2], deposits[1], deposits[2], deposits[1], deposits[0]});
  EXPECT_EQ(taken.messages.size(), 2U);
  EXPECT_EQ(taken.done.size(), 5U);
  EXPECT_EQ(taken.missing + taken.unreadable, 0U);
}

TEST_F(MailboxTest, WhatWasChangedIsNoticedAndHarmsNothing) {
  meet_live();
  say(member_, "one");
  const Bytes good = deposited_by_member().front();
  Bytes body = good;
  body[300] ^= std::byte{1};
  Bytes header = good;
  header[30] ^= std::byte{1};
  const auto bad = taken_by_host({body, header, Bytes(512), Bytes(65535, std::byte{9})});
  EXPECT_TRUE(bad.messages.empty());
  EXPECT_EQ(bad.unreadable, 4U);
  EXPECT_EQ(bad.done.size(), 4U);
  EXPECT_EQ(texts(taken_by_host({body, good})), Texts{"one"});
}

TEST_F(MailboxTest, WhatIsKeptBackIsNoticed) {
  meet_live();
  for (const char* text : {"one", "two", "three"}) say(member_, text);
  const auto deposits = deposited_by_member();
  const auto last = taken_by_host({deposits[2]});
  EXPECT_EQ(texts(last), Texts{"three"});
  EXPECT_EQ(last.missing, 2U);
  const auto second = taken_by_host({deposits[1]});
  EXPECT_EQ(texts(second), Texts{"two"});
  EXPECT_EQ(second.missing, 0U) << "said once";
  EXPECT_EQ(texts(taken_by_host({deposits[0]})), Texts{"one"});
}

TEST_F(MailboxTest, OnlyWhatMayBeSaidLiveIsTakenIn) {
  meet_live();
  // The member puts somebody else's words into the host's mailbox.
  const Person other(entropy_, "Eve");
  must(meet(host_.database, other.card, now_));
  wire::Message message{
      MessageId::random(entropy_), other.card.identity_pk, now_, "not mine", {}};
  wire::sign_message(message, room_.id, other.identity.identity);
  auto rows = chains(member_);
  auto& chain = *std::ranges::find(rows, true, &store::ChainRow::sending);
  const auto deposits = seal_deposits(chain, hosts_mailbox_,
                                      encode(std::nullopt, wire::encode(message)), entropy_);
  const auto taken = taken_by_host(deposits);
  EXPECT_TRUE(taken.messages.empty());
  EXPECT_EQ(taken.done.size(), 1U);
  // Nor what nobody has signed.
  wire::Message unsigned_message{
      MessageId::random(entropy_), member_.identity(), now_, "mine", {}};
  const auto unsigned_deposits = seal_deposits(
      chain, hosts_mailbox_, encode(std::nullopt, wire::encode(unsigned_message)), entropy_);
  EXPECT_EQ(taken_by_host(unsigned_deposits).unreadable, 1U);
  // Nor from a member who is none any more.
  say(member_, "too late");
  auto row = must(store::Members(host_.database).find(room_.id, member_.identity()));
  row->removed = true;
  must(store::Members(host_.database).put(*row));
  std::vector<Bytes> late;
  for (const Bytes& part : seal_deposits(
           chain, hosts_mailbox_,
           encode(std::nullopt,
                  must(store::Messages(member_.database).history(room_.id, {})).back().message),
           entropy_)) {
    late.push_back(part);
  }
  EXPECT_TRUE(taken_by_host(late).messages.empty());
}

// A host leaves the words of one member for another, who may not know the first.
TEST_F(MailboxTest, WordsOfOthersBringTheirAuthorsCard) {
  meet_live();
  const Person other(entropy_, "Eve");
  must(meet(host_.database, other.card, now_));
  wire::Message message{MessageId::random(entropy_), other.card.identity_pk, now_, "hi", {}};
  wire::sign_message(message, room_.id, other.identity.identity);
  EXPECT_TRUE(must(accept(host_.database, room_.id, message, now_)).fanned_out);
  say(host_, "mine");
  std::vector<Bytes> deposits;
  std::int64_t after = 0;
  while (auto next = must(next_deposit(host_.database, of_host(), after, now_, entropy_))) {
    EXPECT_EQ(next->mailbox, members_mailbox_);
    for (Bytes& part : next->parts) deposits.push_back(std::move(part));
    after = next->seq;
    must(mark_relayed(host_.database, of_host(), after, {relays[0]}));
  }
  const std::vector<ByteView> views(deposits.begin(), deposits.end());
  const auto taken =
      must(take_in(member_.database, of_member(), members_mailbox_, views, now_));
  EXPECT_EQ(texts(taken), (Texts{"hi", "mine"}));
  EXPECT_EQ(taken.messages[0].author.name, "Eve");
  EXPECT_EQ(contact_names(member_), (Names{"Ada", "Eve"}));
}

// One that is sent at this moment may be taken back: it is not for relays yet.
TEST_F(MailboxTest, WhatIsKeptBackIsNotSealed) {
  meet_live();
  say(member_, "one");
  say(member_, "two");
  const auto first = must(store::Outbox(member_.database).all()).front().message_seq;
  const auto next =
      must(next_deposit(member_.database, of_member(), 0, now_, entropy_, {first}));
  EXPECT_GT(next->seq, first);
  EXPECT_FALSE(
      must(next_deposit(member_.database, of_member(), next->seq, now_, entropy_, {first})));
}

TEST_F(MailboxTest, RelayedIsAStageOfItsOwn) {
  meet_live();
  say(member_, "one");
  const auto next = must(next_deposit(member_.database, of_member(), 0, now_, entropy_));
  EXPECT_FALSE(must(is_relayed(member_.database, next->seq)));
  EXPECT_TRUE(must(mark_relayed(member_.database, of_member(), next->seq, relays)));
  EXPECT_TRUE(must(is_relayed(member_.database, next->seq)));
  EXPECT_EQ(must(store::Messages(member_.database).find(next->seq))->stage,
            store::Stage::relayed);
  EXPECT_FALSE(must(next_deposit(member_.database, of_member(), 0, now_, entropy_)));
  // Relays keep a deposit for a week: it is made anew before.
  now_ += deposit_lasts;
  const auto anew = must(next_deposit(member_.database, of_member(), 0, now_, entropy_));
  ASSERT_TRUE(anew);
  EXPECT_NE(anew->parts, next->parts);
  EXPECT_TRUE(must(delivered(member_.database, room_.id, member_.identity(), member_.identity(),
                             next->id, host_.identity())));
  EXPECT_FALSE(must(mark_relayed(member_.database, of_member(), next->seq, {relays[0]})));
  EXPECT_TRUE(must(is_relayed(member_.database, next->seq))) << "nobody waits for it";
}

// Where to connect is not for the peer to say.
TEST_F(MailboxTest, OnlyRelaysOfTheRoomAreKeptOfAnOffer) {
  meet_live();
  auto offer = must(begin_chains(member_.database, of_member(), crypto::SymmetricKey(entropy_),
                                 relays, now_, entropy_));
  const auto rows = chains(host_);
  offer.chain = std::ranges::find(rows, true, &store::ChainRow::sending)->id;
  const std::string pinned = relays[0] + "#pin=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  offer.relays = {"wss://192.168.1.1:80/", pinned, relays[0]};
  EXPECT_TRUE(must(take_offer(host_.database, of_host(), offer, relays)));
  const auto mailbox =
      must(store::Mailboxes(host_.database).find(room_.id, member_.identity()));
  EXPECT_EQ(mailbox->theirs->relays, std::vector<std::string>{relays[0]});
}

// Nothing waits any more, but it did not arrive either.
TEST_F(MailboxTest, WhatWasCancelledIsNotRelayed) {
  meet_live();
  say(member_, "one");
  const auto seq = must(store::Outbox(member_.database).all()).front().message_seq;
  EXPECT_EQ(must(store::Outbox(member_.database).remove_all(seq)), 1U);
  EXPECT_FALSE(must(is_relayed(member_.database, seq)));
  must(store::Messages(member_.database).set_stage(seq, store::Stage::delivered));
  EXPECT_TRUE(must(is_relayed(member_.database, seq)));
}

TEST_F(MailboxTest, OffersOfOthersAreNotTaken) {
  meet_live();
  auto offer = must(begin_chains(member_.database, of_member(), crypto::SymmetricKey(entropy_),
                                 relays, now_, entropy_));
  EXPECT_FALSE(must(take_offer(host_.database, of_host(), offer, offer.relays)))
      << "of another session";
  // A chain that we read ourselves.
  const auto rows = chains(host_);
  offer.chain = std::ranges::find(rows, false, &store::ChainRow::sending)->id;
  EXPECT_FALSE(must(take_offer(host_.database, of_host(), offer, offer.relays)));
  const auto mailbox =
      must(store::Mailboxes(host_.database).find(room_.id, member_.identity()));
  EXPECT_EQ(mailbox->theirs->id, members_mailbox_);
  must(take_kept(host_.database, of_host(), ChainId::random(entropy_), now_));
  must(drop_mailbox(host_.database, room_.id, member_.identity()));
  EXPECT_TRUE(chains(host_).empty());
  EXPECT_FALSE(must(store::Mailboxes(host_.database).find(room_.id, member_.identity())));
}

}  // namespace
}  // namespace sotto::room
