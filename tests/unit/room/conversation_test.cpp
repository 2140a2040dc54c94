#include "room/conversation.h"

#include "room/delivery.h"
#include "room/errors.h"
#include "room/people.h"
#include "store/receipts.h"
#include "unit/room/talk.h"

namespace sotto::room {
namespace {

using wire::RejectReason;

class ConversationTest : public RoomTest {
 protected:
  ConversationTest() {
    for (Household* member : {&bob_, &carol_}) {
      must(meet(host_.database, member->card(), now_));
      add_member(host_, kitchen_, member->card());
      must(meet(member->database, host_.card(), now_));
      store::RoomRow row = room_row(host_, "kitchen");
      row.id = kitchen_.id;
      row.hosted = false;
      must(store::Rooms(member->database).put(row));
    }
  }

  Talk talk(Household& member, Heard& heard, TalkTerms terms = {}) {
    return {host_, host_heard_, member, heard, kitchen_.id, now_, terms};
  }
  Talk talk(TalkTerms terms = {}) { return talk(bob_, bob_heard_, terms); }

  MessageId say(Household& who, const std::string& text) {
    return say(who, text, MessageId::random(entropy_));
  }
  MessageId say(Household& who, const std::string& text, const MessageId& id) {
    must(in_transaction(who.database, [&] {
      const auto room = must(store::Rooms(who.database).by_id(kitchen_.id));
      return compose(who.database, *room, who.person.identity.identity, text, id, now_);
    }));
    return id;
  }
  // A message out of the outbox, and in it again; its seq.
  static void take_back(Household& who, const MessageId& id) {
    must(
        in_transaction(who.database, [&] { return cancel(who.database, who.identity(), id); }));
  }
  std::int64_t repeat(Household& who, const std::string& text, const MessageId& id) {
    say(who, text, id);
    return must(store::Messages(who.database).find(kitchen_.id, who.identity(), id))->seq;
  }

  wire::Message message_of(const Person& author, const std::string& text) {
    wire::Message message{MessageId::random(entropy_), author.card.identity_pk, now_, text, {}};
    wire::sign_message(message, kitchen_.id, author.identity.identity);
    return message;
  }

  bool has(Household& at, const wire::Message& message) {
    return must(store::Messages(at.database).find(kitchen_.id, message.author, message.id))
        .has_value();
  }
  bool outbox_is_empty(Household& at) { return must(store::Outbox(at.database).all()).empty(); }

  // What a peer that speaks by hand hears in answer to `message`.
  static void expect_rejected(const TalkEnd& by_hand, const wire::Message& message,
                              RejectReason reason) {
    ASSERT_EQ(by_hand.frames.size(), 1U);
    const auto* rejected = std::get_if<wire::Rejected>(&by_hand.frames[0]);
    ASSERT_NE(rejected, nullptr);
    EXPECT_EQ(rejected->id, message.id);
    EXPECT_EQ(rejected->author, message.author);
    EXPECT_EQ(rejected->reason, reason);
  }

  using Lines = std::vector<std::string>;
  using Rejections = std::vector<std::pair<MessageId, std::string>>;

  Household host_{entropy_, "anna"};
  Household bob_{entropy_, "bob"};
  Household carol_{entropy_, "carol"};
  store::RoomRow kitchen_ = add_room(host_, "kitchen");
  Heard host_heard_;
  Heard bob_heard_;
  Heard carol_heard_;
};

// --- what goes well

// What is left of the session lets each side write to the other while it is away.
TEST_F(ConversationTest, ASessionLeavesMailboxesBehind) {
  const crypto::SymmetricKey exporter(entropy_);
  const auto offline = [&](const std::string& relay) {
    return std::make_shared<const OfflineTerms>(
        OfflineTerms{exporter.copy(),
                     {"wss://" + relay + ".example/"},
                     entropy_,
                     {"wss://annas.example/", "wss://bobs.example/"}});
  };
  {
    Talk live = talk({true, true, offline("bobs"), offline("annas")});
    live.member.conversation->offer_mailbox();
    live.host.conversation->offer_mailbox();
    live.exchange();
  }
  EXPECT_EQ(bob_heard_.mailboxes, 1);
  EXPECT_EQ(host_heard_.mailboxes, 1);
  say(bob_, "for anna");
  const Pair bobs{kitchen_.id, bob_.identity(), host_.identity(), false};
  const auto left = must(next_deposit(bob_.database, bobs, 0, now_, entropy_));
  ASSERT_TRUE(left);
  EXPECT_EQ(left->relays, std::vector<std::string>{"wss://annas.example/"});
  const Pair annas{kitchen_.id, host_.identity(), bob_.identity(), true};
  const std::vector<ByteView> deposits(left->parts.begin(), left->parts.end());
  const auto taken = must(take_in(host_.database, annas, left->mailbox, deposits, now_));
  ASSERT_EQ(taken.messages.size(), 1U);
  EXPECT_EQ(taken.messages[0].message.text, "for anna");
  say(host_, "for bob");
  const auto back = must(next_deposit(host_.database, annas, 0, now_, entropy_));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->relays, std::vector<std::string>{"wss://bobs.example/"});
}

// One that leaves once its words have arrived can write from then on: the offer went before
// them, and was answered before they were.
TEST_F(ConversationTest, MailboxesAreSettledByTheTimeWordsHaveArrived) {
  const crypto::SymmetricKey exporter(entropy_);
  const auto offline = std::make_shared<const OfflineTerms>(
      OfflineTerms{exporter.copy(), {"wss://relay.example/"}, entropy_});
  const MessageId id = say(bob_, "hello");
  Talk live = talk({true, false, offline, offline});
  live.host.conversation->offer_mailbox();
  live.member.conversation->offer_mailbox();
  live.member.conversation->pump();
  const Pair bobs{kitchen_.id, bob_.identity(), host_.identity(), false};
  while (bob_heard_.delivered.empty()) {
    live.carry(live.member);
    live.host.store.settle();
    live.carry(live.host);
    live.member.store.settle();
  }
  EXPECT_EQ(bob_heard_.delivered, std::vector{id});
  say(bob_, "later");
  EXPECT_TRUE(must(next_deposit(bob_.database, bobs, 0, now_, entropy_)));
}

TEST_F(ConversationTest, BothMayHaveFarMoreToSayThanFits) {
  constexpr int count = 12'000;
  must(in_transaction(bob_.database, [&] {
    for (int i = 0; i < count; ++i) say(bob_, std::to_string(i));
    return Result<void>();
  }));
  must(in_transaction(host_.database, [&] {
    for (int i = 0; i < count; ++i) say(host_, std::to_string(i));
    return Result<void>();
  }));
  Talk talk = this->talk();
  talk.member.conversation->pump();
  talk.host.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages.size(), std::size_t{count});
  EXPECT_EQ(bob_heard_.messages.size(), std::size_t{count});
  EXPECT_EQ(bob_heard_.delivered.size(), std::size_t{count});
  EXPECT_TRUE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, EachMessageArrivesOnceAndInOrder) {
  constexpr int count = 150;  // more than one batch
  Lines from_bob;
  Lines from_host;
  std::vector<MessageId> bobs;
  for (int i = 0; i < count; ++i) {
    bobs.push_back(say(bob_, std::to_string(i)));
    from_bob.push_back("bob: " + std::to_string(i));
    say(host_, std::to_string(-i));
    from_host.push_back("anna: " + std::to_string(-i));
  }
  Talk talk = this->talk();
  talk.member.conversation->pump();
  talk.host.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, from_bob);
  EXPECT_EQ(bob_heard_.messages, from_host);
  EXPECT_EQ(bob_heard_.delivered, bobs);
  EXPECT_TRUE(outbox_is_empty(bob_));
  EXPECT_TRUE(host_heard_.delivered.empty());  // carol has not come yet
  EXPECT_TRUE(host_heard_.failures.empty());
  EXPECT_TRUE(bob_heard_.failures.empty());
}

TEST_F(ConversationTest, WhatIsWrittenMeanwhileFollows) {
  Talk talk = this->talk();
  say(bob_, "one");
  talk.member.conversation->pump();
  talk.member.conversation->pump();
  say(bob_, "two");
  talk.member.conversation->pump();
  talk.exchange();
  say(bob_, "three");
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, (Lines{"bob: one", "bob: two", "bob: three"}));
}

TEST_F(ConversationTest, WhatWasTakenBackAndWaitsAgainFollows) {
  const MessageId id = say(bob_, "on second thought");
  take_back(bob_, id);
  Talk talk = this->talk();
  say(bob_, "one");
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, Lines{"bob: one"});

  talk.member.conversation->requeued(repeat(bob_, "on second thought", id));
  say(bob_, "two");
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, (Lines{"bob: one", "bob: on second thought", "bob: two"}));
  EXPECT_TRUE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, WhatWaitsAgainIsSeenByAFetchUnderWayOrPutOff) {
  const MessageId id = say(bob_, "on second thought");
  take_back(bob_, id);
  Talk talk = this->talk();
  for (int i = 0; i < 40; ++i) say(bob_, std::string(50'000, 'x'));
  talk.member.conversation->pump();
  talk.member.store.settle();  // has enough to send for now
  talk.member.conversation->requeued(repeat(bob_, "on second thought", id));
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages.size(), 41U);
  EXPECT_EQ(std::ranges::count(host_heard_.messages, "bob: on second thought"), 1);
  EXPECT_TRUE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, LongMessagesArrive) {
  Talk talk = this->talk();
  Lines expected;
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    const std::string text(wire::message_text_limit, letter);
    say(bob_, text);
    say(host_, text);
    expected.push_back(text);
  }
  talk.member.conversation->pump();
  talk.host.conversation->pump();
  talk.exchange();
  ASSERT_EQ(host_heard_.messages.size(), expected.size());
  ASSERT_EQ(bob_heard_.messages.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(host_heard_.messages[i] == "bob: " + expected[i]);
    EXPECT_TRUE(bob_heard_.messages[i] == "anna: " + expected[i]);
  }
}

TEST_F(ConversationTest, TheOutboxIsNotCopiedIntoASessionThatHasEnoughToSend) {
  constexpr std::size_t count = 200;
  for (std::size_t i = 0; i < count; ++i) say(bob_, std::string(50'000, 'x'));
  Talk talk = this->talk();
  talk.member.conversation->pump();
  talk.member.store.settle();
  EXPECT_LT(talk.member.session.queued_bytes(session::chat_channel), count * 50'000 / 2);
  talk.exchange();
  EXPECT_EQ(host_heard_.messages.size(), count);
}

TEST_F(ConversationTest, NothingIsAcknowledgedBeforeItIsCommitted) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  talk.member.say(message_of(bob_.person, "hello"));
  talk.carry(talk.member);
  talk.carry(talk.host);
  EXPECT_TRUE(talk.member.frames.empty());
  EXPECT_TRUE(host_heard_.messages.empty());
  talk.host.store.settle();
  talk.carry(talk.host);
  ASSERT_EQ(talk.member.frames.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<wire::Delivered>(talk.member.frames[0]));
  EXPECT_EQ(host_heard_.messages, Lines{"bob: hello"});
}

TEST_F(ConversationTest, OnlyTheLastRecipientMakesIsDelivered) {
  const MessageId id = say(host_, "hello");
  Talk to_bob = talk();
  Talk to_carol = talk(carol_, carol_heard_);
  to_bob.host.conversation->pump();
  to_bob.exchange();
  EXPECT_TRUE(host_heard_.delivered.empty());
  to_carol.host.conversation->pump();
  to_carol.exchange();
  EXPECT_EQ(host_heard_.delivered, std::vector{id});
}

// --- read

class ReadTest : public ConversationTest {
 protected:
  // The host's front end has shown everything.
  void show_all() {
    must(in_transaction(host_.database, [&]() -> Result<void> {
      for (const auto& row : must(store::Messages(host_.database).not_shown(kitchen_.id))) {
        must(shown(host_.database, host_.identity(), row.seq));
      }
      return {};
    }));
  }
  std::size_t owed(Household& author) {
    return must(store::Receipts(host_.database).owed(kitchen_.id, author.identity(), 10'000))
        .size();
  }
};

TEST_F(ReadTest, AnAuthorHearsWhatTheHostHasRead) {
  std::vector<MessageId> said;
  for (int i = 0; i < 600; ++i) said.push_back(say(bob_, std::to_string(i)));
  Talk talk = this->talk();
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_TRUE(bob_heard_.read.empty());
  show_all();
  EXPECT_EQ(owed(bob_), said.size());
  talk.host.conversation->tell_read();
  talk.host.conversation->tell_read();
  talk.exchange();
  EXPECT_EQ(bob_heard_.read, said);
  EXPECT_EQ(owed(bob_), 0U);
}

TEST_F(ReadTest, ItIsToldAgainUntilTheAuthorKnows) {
  const MessageId id = say(bob_, "hello");
  {
    Talk talk = this->talk();
    talk.member.conversation->pump();
    talk.exchange();
    show_all();
    talk.member.conversation.reset();  // hears it and dies
    talk.host.conversation->tell_read();
    talk.exchange();
    ASSERT_EQ(talk.member.frames.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<wire::Read>(talk.member.frames[0]));
  }
  EXPECT_EQ(owed(bob_), 1U);
  for (int i = 0; i < 2; ++i) {
    Talk talk = this->talk();
    talk.host.conversation->tell_read();
    talk.exchange();
  }
  EXPECT_EQ(bob_heard_.read, std::vector{id});
  EXPECT_EQ(owed(bob_), 0U);
}

TEST_F(ReadTest, NobodyReadsForSomebodyElse) {
  Talk talk = this->talk();
  say(bob_, "hello");
  talk.member.conversation->pump();
  talk.exchange();
  const wire::Message carols = message_of(carol_.person, "hi");
  // Carol's words are not Bob's to settle, and what Bob has never said was not read.
  talk.member.answer(wire::Read{carols.id, carol_.identity()});
  talk.host.answer(wire::Read{carols.id, carol_.identity()});
  talk.host.answer(wire::Read{carols.id, bob_.identity()});
  talk.exchange();
  EXPECT_TRUE(bob_heard_.read.empty());
  EXPECT_TRUE(bob_heard_.failures.empty());
  EXPECT_TRUE(host_heard_.failures.empty());
}

// --- authors

TEST_F(ConversationTest, AuthorsAreIntroducedBeforeTheirFirstWords) {
  Talk to_bob = talk();
  Talk to_carol = talk(carol_, carol_heard_);
  to_carol.member.conversation.reset();
  host_heard_.fan_out = [&] { to_carol.host.conversation->pump(); };
  say(bob_, "one");
  say(bob_, "two");
  to_bob.member.conversation->pump();
  to_bob.exchange();
  say(host_, "three");
  to_carol.host.conversation->pump();
  to_carol.exchange();
  ASSERT_EQ(to_carol.member.frames.size(), 4U);
  const auto* introduction = std::get_if<wire::Introduction>(&to_carol.member.frames[0]);
  ASSERT_NE(introduction, nullptr);
  EXPECT_EQ(introduction->card, bob_.card());
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(std::holds_alternative<wire::Message>(to_carol.member.frames[i]));
  }
}

TEST_F(ConversationTest, WordsOfAMemberReachTheOthers) {
  Talk to_bob = talk();
  Talk to_carol = talk(carol_, carol_heard_);
  host_heard_.fan_out = [&] { to_carol.host.conversation->pump(); };
  say(bob_, "hello");
  to_bob.member.conversation->pump();
  to_bob.exchange();
  to_carol.exchange();
  to_bob.exchange();
  EXPECT_EQ(host_heard_.messages, Lines{"bob: hello"});
  EXPECT_EQ(carol_heard_.messages, Lines{"bob: hello"});
  EXPECT_TRUE(bob_heard_.messages.empty());
  EXPECT_EQ(contact_names(carol_), (Names{"anna", "bob"}));
  EXPECT_TRUE(outbox_is_empty(host_));
}

TEST_F(ConversationTest, AnAuthorNobodyIntroducedIsNotBelieved) {
  Talk talk = this->talk();
  talk.host.conversation.reset();
  const wire::Message message = message_of(Person(entropy_, "stranger"), "hello");
  talk.host.say(message);
  talk.exchange();
  expect_rejected(talk.host, message, RejectReason::not_allowed);
  EXPECT_FALSE(has(bob_, message));
  EXPECT_TRUE(bob_heard_.messages.empty());
}

TEST_F(ConversationTest, AHostHearsMembersInTheirOwnWordsOnly) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  const wire::Message message = message_of(carol_.person, "hello");  // and truly signed
  talk.member.say(message);
  talk.exchange();
  expect_rejected(talk.member, message, RejectReason::not_allowed);
  EXPECT_FALSE(has(host_, message));
}

TEST_F(ConversationTest, AMemberIsNotToldItsOwnWords) {
  Talk talk = this->talk();
  talk.host.conversation.reset();
  const wire::Message message = message_of(bob_.person, "hello");
  talk.host.say(message);
  talk.exchange();
  expect_rejected(talk.host, message, RejectReason::not_allowed);
  EXPECT_FALSE(has(bob_, message));
}

TEST_F(ConversationTest, AForgedSignatureIsRejectedOnEitherSide) {
  wire::Message forged = message_of(bob_.person, "hello");
  forged.text = "goodbye";
  {
    Talk talk = this->talk();
    talk.member.conversation.reset();
    talk.member.say(forged);
    talk.exchange();
    expect_rejected(talk.member, forged, RejectReason::bad_signature);
    EXPECT_FALSE(has(host_, forged));
  }
  must(meet(carol_.database, bob_.card(), now_));
  Talk talk = this->talk(carol_, carol_heard_);
  talk.host.conversation.reset();
  talk.host.say(forged);
  talk.exchange();
  expect_rejected(talk.host, forged, RejectReason::bad_signature);
  EXPECT_FALSE(has(carol_, forged));
  EXPECT_TRUE(carol_heard_.messages.empty());
}

TEST_F(ConversationTest, ASignatureFromAnotherRoomIsForged) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  wire::Message message = message_of(bob_.person, "hello");
  wire::sign_message(message, RoomId::random(entropy_), bob_.person.identity.identity);
  talk.member.say(message);
  talk.exchange();
  expect_rejected(talk.member, message, RejectReason::bad_signature);
}

TEST_F(ConversationTest, WhoMayNotChatIsToldSo) {
  Talk talk = this->talk({.may_chat = false});
  const MessageId id = say(bob_, "hello");
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(bob_heard_.rejected, (Rejections{{id, "message.not_allowed"}}));
  EXPECT_TRUE(outbox_is_empty(bob_));
  EXPECT_TRUE(host_heard_.messages.empty());
  EXPECT_TRUE(bob_heard_.delivered.empty());
}

TEST_F(ConversationTest, AReusedIdIsRejectedAndReported) {
  // Bob's store was lost: the new one does not remember the id.
  const MessageId id = named_message_id("one");
  {
    Talk talk = this->talk();
    say(bob_, "hello", id);
    talk.member.conversation->pump();
    talk.exchange();
  }
  must(store::Rooms(bob_.database).remove(kitchen_.id));
  store::RoomRow row = room_row(host_, "kitchen");
  row.id = kitchen_.id;
  row.hosted = false;
  must(store::Rooms(bob_.database).put(row));

  Talk talk = this->talk();
  say(bob_, "goodbye", id);
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(bob_heard_.rejected, (Rejections{{id, "message.id_reused"}}));
  EXPECT_EQ(bob_heard_.delivered, std::vector{id});  // of the first one only
  EXPECT_EQ(host_heard_.messages, Lines{"bob: hello"});
  EXPECT_TRUE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, WhoDoesNotTakeItsAnswersIsHeardNoMore) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  talk.member.takes = false;
  const wire::Message message = message_of(carol_.person, "hello");  // each is refused
  for (int i = 0; i < 80; ++i) {
    for (int n = 0; n < 1000; ++n) talk.member.say(message);
    talk.exchange();
  }
  EXPECT_GT(talk.member.session.queued_bytes(session::chat_channel), 0U);
  EXPECT_GT(talk.host.session.queued_bytes(session::control_channel), 1U << 17);
  EXPECT_LT(talk.host.session.queued_bytes(session::control_channel), 2U << 20);
  EXPECT_TRUE(host_heard_.failures.empty());
}

TEST_F(ConversationTest, AFloodFillsNeitherTheStoresQueueNorMemory) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  constexpr int flood = 40'000;  // more than the credit of a session is good for
  for (int i = 0; i < flood; ++i) {
    talk.member.answer(wire::Delivered{MessageId::random(entropy_), host_.identity()});
  }
  const wire::Message question = message_of(bob_.person, "still there?");
  talk.member.say(question);
  while (talk.carry(talk.member)) {
    EXPECT_LE(talk.host.store.waiting(), 128U);
  }
  EXPECT_GT(talk.host.store.waiting(), 0U);
  EXPECT_TRUE(talk.host.conversation->is_storing());
  EXPECT_GT(talk.member.session.queued_bytes(session::control_channel), 0U);
  talk.exchange();
  EXPECT_FALSE(talk.host.conversation->is_storing());
  EXPECT_EQ(host_heard_.messages, Lines{"bob: still there?"});
  EXPECT_TRUE(host_heard_.failures.empty());
}

TEST_F(ConversationTest, LongMessagesAreTakenFromTheOutboxFewAtATime) {
  constexpr std::size_t count = 20;
  for (std::size_t i = 0; i < count; ++i) say(bob_, std::string(1'000'000, 'x'));
  Talk talk = this->talk();
  talk.member.conversation->pump();
  while (talk.member.store.settle()) {
  }
  EXPECT_LT(talk.member.session.queued_bytes(session::chat_channel), 4U << 20);
  talk.exchange();
  EXPECT_EQ(host_heard_.messages.size(), count);
}

// --- presence and introductions

TEST_F(ConversationTest, WhoComesAndGoesIsIntroducedOnce) {
  Talk talk = this->talk();
  talk.host.conversation->announce(carol_.card(), true);
  talk.host.conversation->announce(carol_.card(), false);
  talk.exchange();
  EXPECT_EQ(bob_heard_.presence, (Lines{"+carol", "-carol"}));
  EXPECT_EQ(contact_names(bob_), (Names{"anna", "carol"}));

  talk.member.conversation.reset();
  talk.host.conversation->announce(carol_.card(), true);
  talk.exchange();
  ASSERT_EQ(talk.member.frames.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<wire::Presence>(talk.member.frames[0]));
}

TEST_F(ConversationTest, AnnouncementsThatNobodyReadsDoNotPileUp) {
  Talk talk = this->talk();
  for (int i = 0; i < 200'000; ++i) talk.host.conversation->announce(carol_.card(), i % 2 == 0);
  EXPECT_TRUE(host_heard_.failures.empty());
  EXPECT_LT(talk.host.session.queued_bytes(session::chat_channel), 5U << 20);
}

// --- paths

wire::Candidates some_paths(std::uint64_t generation) {
  return {generation,
          milliseconds(60'000),
          {{wire::CandidateKind::host, wire::CandidateTransport::tcp, Bytes(4, std::byte{7}), 9,
            1, "1"}}};
}

TEST_F(ConversationTest, PathsAreToldBothWays) {
  Talk kitchen = talk();
  kitchen.member.conversation->offer(some_paths(1));
  kitchen.host.conversation->offer(some_paths(5));
  kitchen.exchange();
  ASSERT_EQ(host_heard_.candidates.size(), 1U);
  EXPECT_EQ(host_heard_.candidates[0].generation, 1U);
  EXPECT_EQ(host_heard_.candidates[0].candidates, some_paths(1).candidates);
  ASSERT_EQ(bob_heard_.candidates.size(), 1U);
  EXPECT_EQ(bob_heard_.candidates[0].generation, 5U);
}

TEST_F(ConversationTest, AHostPassesPathsOnToNobody) {
  Talk bobs = talk();
  Talk carols = talk(carol_, carol_heard_);
  bobs.member.conversation->offer(some_paths(1));
  bobs.exchange();
  carols.exchange();
  EXPECT_EQ(host_heard_.candidates.size(), 1U);
  EXPECT_TRUE(carol_heard_.candidates.empty());
}

TEST_F(ConversationTest, PathsAmongWordsMeanNothing) {
  Talk kitchen = talk();
  kitchen.member.say(some_paths(1));  // on the channel of words
  kitchen.exchange();
  EXPECT_TRUE(host_heard_.candidates.empty());
  EXPECT_TRUE(host_heard_.failures.empty());
}

TEST_F(ConversationTest, PathsThatNobodyReadsDoNotPileUp) {
  Talk kitchen = talk();
  for (std::uint64_t i = 1; i < 100'000; ++i) kitchen.host.conversation->offer(some_paths(i));
  EXPECT_LT(kitchen.host.session.queued_bytes(session::control_channel), 1U << 18);
}

TEST_F(ConversationTest, PresenceOfTheUnknownMeansNothing) {
  Talk talk = this->talk();
  talk.host.say(wire::Presence{carol_.identity(), true});
  talk.exchange();
  EXPECT_TRUE(bob_heard_.presence.empty());
  EXPECT_TRUE(bob_heard_.failures.empty());
}

TEST_F(ConversationTest, AChangedKeyIsReportedAndNotTakenOver) {
  must(meet(bob_.database, carol_.card(), now_));
  Talk talk = this->talk();
  talk.host.say(wire::Introduction{with_other_static_key(carol_.person, entropy_)});
  talk.exchange();
  EXPECT_EQ(bob_heard_.key_changes, Lines{"contact.key_changed"});
  const auto row = must(store::Contacts(bob_.database).by_identity(carol_.identity()));
  EXPECT_EQ(row->fingerprint, crypto::fingerprint(carol_.card()));
  EXPECT_TRUE(bob_heard_.failures.empty());
}

TEST_F(ConversationTest, MembersIntroduceNobody) {
  Talk talk = this->talk();
  talk.member.say(wire::Introduction{Person(entropy_, "stranger").card});
  talk.member.say(wire::Presence{carol_.identity(), true});
  talk.exchange();
  EXPECT_EQ(contact_names(host_), (Names{"bob", "carol"}));
  EXPECT_TRUE(host_heard_.presence.empty());
  EXPECT_TRUE(host_heard_.failures.empty());
}

TEST_F(ConversationTest, AHostIntroducesNoMorePeopleThanARoomCanHave) {
  Talk talk = this->talk();
  constexpr std::size_t limit = 4096;
  for (std::size_t i = 0; i < limit; ++i) {
    talk.host.say(wire::Introduction{carol_.card()});
  }
  talk.exchange();
  EXPECT_TRUE(bob_heard_.failures.empty());
  talk.host.say(wire::Introduction{Person(entropy_, "one more").card});
  talk.exchange();
  EXPECT_EQ(bob_heard_.failures, Lines{"session.protocol"});
  EXPECT_EQ(contact_names(bob_), (Names{"anna", "carol"}));
}

TEST_F(ConversationTest, WhoCameOnlyToSendReceivesNothing) {
  Talk talk = this->talk({.member_receives = false});
  say(host_, "for those who stay");
  say(bob_, "hello");
  talk.host.conversation->pump();
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, Lines{"bob: hello"});
  EXPECT_TRUE(bob_heard_.messages.empty());
  EXPECT_FALSE(outbox_is_empty(host_));
}

// --- sessions and stores that end

TEST_F(ConversationTest, ANewSessionSendsWhatWasNotAcknowledgedAgain) {
  const MessageId one = say(bob_, "one");
  {
    Talk talk = this->talk();
    talk.member.conversation->pump();
    talk.member.store.settle();
    while (talk.carry(talk.member)) {
    }
    talk.host.store.settle();
    // The acknowledgement never arrives.
  }
  EXPECT_EQ(host_heard_.messages, Lines{"bob: one"});
  const MessageId two = say(bob_, "two");
  Talk talk = this->talk();
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.messages, (Lines{"bob: one", "bob: two"}));
  EXPECT_EQ(bob_heard_.delivered, (std::vector{one, two}));
  EXPECT_TRUE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, AStoreThatFailsOnTheWayInEndsTheSession) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  talk.host.store.fail_with(Error(store::Errc::full, "There is no space left."));
  talk.member.say(message_of(bob_.person, "hello"));
  talk.exchange();
  EXPECT_EQ(host_heard_.failures, Lines{"store.full"});
  EXPECT_TRUE(host_heard_.messages.empty());
  EXPECT_TRUE(talk.member.frames.empty());
}

TEST_F(ConversationTest, ASessionThatHasFailedSaysSoOnceAndHearsNoMore) {
  Talk talk = this->talk();
  talk.member.conversation.reset();
  talk.host.store.fail_with(Error(store::Errc::full, "There is no space left."));
  for (int i = 0; i < 300; ++i) talk.member.say(message_of(bob_.person, std::to_string(i)));
  talk.exchange();
  EXPECT_EQ(host_heard_.failures, Lines{"store.full"});
  EXPECT_TRUE(talk.member.frames.empty());
  EXPECT_FALSE(talk.host.conversation->is_storing());
}

TEST_F(ConversationTest, AStoreThatFailsOnTheWayOutEndsTheSession) {
  Talk talk = this->talk();
  say(bob_, "hello");
  talk.member.store.fail_with(Error(store::Errc::io, "The disk is gone."));
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(bob_heard_.failures, Lines{"store.io"});
  EXPECT_TRUE(host_heard_.messages.empty());
  EXPECT_FALSE(outbox_is_empty(bob_));
}

TEST_F(ConversationTest, ARoomRemovedMeanwhileEndsTheSession) {
  Talk talk = this->talk();
  say(bob_, "hello");
  must(store::Rooms(host_.database).remove(kitchen_.id));
  talk.member.conversation->pump();
  talk.exchange();
  EXPECT_EQ(host_heard_.failures, Lines{"store.gone"});
  EXPECT_TRUE(bob_heard_.delivered.empty());
}

TEST_F(ConversationTest, WhatIsNoFrameEndsTheSession) {
  Talk talk = this->talk();
  talk.member.session.send(session::chat_channel, to_bytes("\xff\xff"));
  talk.exchange();
  EXPECT_EQ(host_heard_.failures, Lines{"wire.malformed"});
}

TEST_F(ConversationTest, TheStoresAnswerToWhatIsGoneIsDropped) {
  Talk talk = this->talk();
  const wire::Message message = message_of(bob_.person, "hello");
  talk.member.say(message);
  talk.carry(talk.member);
  talk.host.conversation.reset();
  talk.host.store.settle();
  EXPECT_TRUE(has(host_, message));
  EXPECT_TRUE(host_heard_.messages.empty());
}

}  // namespace
}  // namespace sotto::room
