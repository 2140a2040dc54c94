#include "room/delivery.h"

#include "store/receipts.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

using store::Messages;
using store::Stage;

class DeliveryTest : public RoomTest {
 protected:
  DeliveryTest() {
    for (const Person* who : {&bob_, &carol_}) add_member(host_, kitchen_, who->card);
  }

  // A room of the host's as one of its members keeps it.
  store::RoomRow joined(Household& member) {
    store::RoomRow row = room_row(host_, "kitchen");
    row.id = kitchen_.id;
    row.hosted = false;
    must(store::Rooms(member.database).put(row));
    return row;
  }

  Result<Composed> say(Household& who, const store::RoomRow& room, const std::string& text,
                       const MessageId& id) {
    return in_transaction(who.database, [&] {
      return compose(who.database, room, who.person.identity.identity, text, id, now_);
    });
  }
  Composed say(Household& who, const store::RoomRow& room, const std::string& text) {
    return must(say(who, room, text, MessageId::random(entropy_)));
  }

  wire::Message message_of(const Person& author, const std::string& text) {
    wire::Message message{MessageId::random(entropy_), author.card.identity_pk, now_, text, {}};
    wire::sign_message(message, kitchen_.id, author.identity.identity);
    return message;
  }
  Accepted take(Household& who, const wire::Message& message) {
    return must(in_transaction(
        who.database, [&] { return accept(who.database, kitchen_.id, message, now_); }));
  }

  bool acknowledge(const crypto::Ed25519PublicKey& author, const MessageId& id,
                   const crypto::Ed25519PublicKey& recipient) {
    return must(in_transaction(host_.database, [&] {
      return delivered(host_.database, kitchen_.id, host_.identity(), author, id, recipient);
    }));
  }

  std::vector<std::string> waiting(Household& at, const crypto::Ed25519PublicKey& recipient) {
    std::vector<std::string> texts;
    for (const auto& row :
         must(store::Outbox(at.database).waiting(kitchen_.id, recipient, 0, 100))) {
      texts.push_back(must(wire::decode_message(row.message)).text);
    }
    return texts;
  }
  Stage stage(Household& at, std::int64_t seq) {
    return must(Messages(at.database).find(seq))->stage;
  }
  using Texts = std::vector<std::string>;

  Household host_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
  Person carol_{entropy_, "carol"};
  store::RoomRow kitchen_ = add_room(host_, "kitchen");
};

TEST_F(DeliveryTest, ANamedIdIsAlwaysTheSame) {
  EXPECT_EQ(named_message_id("order 66"), named_message_id("order 66"));
  EXPECT_NE(named_message_id("order 66"), named_message_id("order 67"));
  EXPECT_NE(named_message_id(""), MessageId());
}

TEST_F(DeliveryTest, AHostWritesToEveryMemberButTheAuthor) {
  add_member(host_, kitchen_, Person(entropy_, "dora").card, true);  // removed
  const auto bob = bob_.card.identity_pk;
  const auto carol = carol_.card.identity_pk;
  EXPECT_EQ(must(recipients(host_.database, kitchen_, host_.identity())),
            (std::vector{bob, carol}));
  EXPECT_EQ(must(recipients(host_.database, kitchen_, bob)), std::vector{carol});
}

TEST_F(DeliveryTest, AMemberWritesToTheHost) {
  Household dora(entropy_, "dora");
  EXPECT_EQ(must(recipients(dora.database, joined(dora), dora.identity())),
            std::vector{host_.identity()});
}

TEST_F(DeliveryTest, WhatIsComposedIsSignedKeptAndQueued) {
  const Composed composed = say(host_, kitchen_, "hello");
  EXPECT_EQ(composed.stage, Stage::queued);
  const auto row = must(Messages(host_.database).find(composed.seq));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->id, composed.id);
  EXPECT_EQ(row->author, host_.identity());
  EXPECT_EQ(row->received, now_);
  EXPECT_TRUE(row->shown);  // nobody is told what they said themselves
  const auto message = must(wire::decode_message(row->message));
  EXPECT_EQ(message.text, "hello");
  EXPECT_EQ(message.time, now_);
  EXPECT_TRUE(wire::verify_message(message, kitchen_.id));
  EXPECT_FALSE(wire::verify_message(message, RoomId::random(entropy_)));
  EXPECT_EQ(waiting(host_, bob_.card.identity_pk), Texts{"hello"});
  EXPECT_EQ(waiting(host_, carol_.card.identity_pk), Texts{"hello"});
}

TEST_F(DeliveryTest, TheSameIdAndTextIsTheSameMessage) {
  const MessageId id = named_message_id("one");
  const Composed first = must(say(host_, kitchen_, "hello", id));
  now_ = at_ms(9000);
  const Composed again = must(say(host_, kitchen_, "hello", id));
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_EQ(again.stage, Stage::queued);
  EXPECT_EQ(waiting(host_, bob_.card.identity_pk), Texts{"hello"});
  EXPECT_EQ(
      must(wire::decode_message(must(Messages(host_.database).find(first.seq))->message)).time,
      at_ms(1000));
}

TEST_F(DeliveryTest, TheSameIdWithOtherTextIsRefused) {
  const MessageId id = named_message_id("one");
  must(say(host_, kitchen_, "hello", id));
  const auto refused = say(host_, kitchen_, "goodbye", id);
  EXPECT_EQ(error_of(refused), "message.id_reused");
  EXPECT_EQ(waiting(host_, bob_.card.identity_pk), Texts{"hello"});
  // An id is its author's, in one room.
  const auto cellar = add_room(host_, "cellar");
  EXPECT_TRUE(say(host_, cellar, "goodbye", id));
}

TEST_F(DeliveryTest, AMessageGivenUpBeforeGoesOutAgain) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const MessageId id = named_message_id("one");
  const Composed composed = must(say(dora, room, "hello", id));
  must(store::Outbox(dora.database).remove(composed.seq, host_.identity()));
  EXPECT_TRUE(waiting(dora, host_.identity()).empty());
  must(Messages(dora.database).set_stage(composed.seq, Stage::cancelled));
  const Composed again = must(say(dora, room, "hello", id));
  EXPECT_EQ(waiting(dora, host_.identity()), Texts{"hello"});
  EXPECT_EQ(stage(dora, composed.seq), Stage::queued);
  EXPECT_TRUE(again.queued);
  EXPECT_FALSE(again.is_new);
}

TEST_F(DeliveryTest, WhatWasQueuedBeforeIsNotQueuedByTheSecond) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const MessageId id = named_message_id("one");
  const Composed first = must(say(dora, room, "hello", id));
  EXPECT_TRUE(first.queued);
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(must(say(dora, room, "hello", id)).queued);
}

TEST_F(DeliveryTest, AMessageThatHasArrivedDoesNotGoOutAgain) {
  const MessageId id = named_message_id("one");
  const Composed composed = must(say(host_, kitchen_, "hello", id));
  acknowledge(host_.identity(), id, bob_.card.identity_pk);
  acknowledge(host_.identity(), id, carol_.card.identity_pk);
  const Composed again = must(say(host_, kitchen_, "hello", id));
  EXPECT_EQ(again.seq, composed.seq);
  EXPECT_EQ(again.stage, Stage::delivered);
  EXPECT_TRUE(waiting(host_, bob_.card.identity_pk).empty());
}

TEST_F(DeliveryTest, AHostPassesOnWhatItAccepts) {
  const wire::Message message = message_of(bob_, "hi");
  const Accepted accepted = take(host_, message);
  EXPECT_EQ(accepted.outcome, Messages::Added::added);
  EXPECT_TRUE(accepted.fanned_out);
  EXPECT_TRUE(waiting(host_, bob_.card.identity_pk).empty());
  EXPECT_EQ(waiting(host_, carol_.card.identity_pk), Texts{"hi"});
  const auto row = must(Messages(host_.database).find(accepted.seq));
  EXPECT_EQ(row->stage, Stage::delivered);
  EXPECT_FALSE(row->shown);
  EXPECT_EQ(row->message, wire::encode(message));
}

TEST_F(DeliveryTest, ADuplicateIsKnownAndNotPassedOnAgain) {
  const wire::Message message = message_of(bob_, "hi");
  const Accepted first = take(host_, message);
  acknowledge(bob_.card.identity_pk, message.id, carol_.card.identity_pk);
  const Accepted again = take(host_, message);
  EXPECT_EQ(again.outcome, Messages::Added::duplicate);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_FALSE(again.fanned_out);
  EXPECT_TRUE(waiting(host_, carol_.card.identity_pk).empty());
}

TEST_F(DeliveryTest, AReusedIdChangesNothing) {
  wire::Message message = message_of(bob_, "hi");
  take(host_, message);
  message.text = "bye";
  wire::sign_message(message, kitchen_.id, bob_.identity.identity);
  EXPECT_EQ(take(host_, message).outcome, Messages::Added::id_reused);
  EXPECT_EQ(waiting(host_, carol_.card.identity_pk), Texts{"hi"});
  // Somebody else's id is another id.
  message.author = carol_.card.identity_pk;
  wire::sign_message(message, kitchen_.id, carol_.identity.identity);
  EXPECT_EQ(take(host_, message).outcome, Messages::Added::added);
}

TEST_F(DeliveryTest, AMemberPassesNothingOn) {
  Household dora(entropy_, "dora");
  joined(dora);
  const Accepted accepted = take(dora, message_of(bob_, "hi"));
  EXPECT_EQ(accepted.outcome, Messages::Added::added);
  EXPECT_FALSE(accepted.fanned_out);
  EXPECT_TRUE(must(store::Outbox(dora.database).all()).empty());
}

TEST_F(DeliveryTest, AHostAloneHasNobodyToPassOnTo) {
  kitchen_ = add_room(host_, "cellar");
  add_member(host_, kitchen_, bob_.card);
  EXPECT_FALSE(take(host_, message_of(bob_, "hi")).fanned_out);
}

TEST_F(DeliveryTest, DeliveredOnceTheLastRecipientHasIt) {
  const Composed composed = say(host_, kitchen_, "hello");
  EXPECT_FALSE(acknowledge(host_.identity(), composed.id, carol_.card.identity_pk));
  EXPECT_FALSE(acknowledge(host_.identity(), composed.id, carol_.card.identity_pk));
  EXPECT_EQ(stage(host_, composed.seq), Stage::queued);
  EXPECT_TRUE(acknowledge(host_.identity(), composed.id, bob_.card.identity_pk));
  EXPECT_EQ(stage(host_, composed.seq), Stage::delivered);
  EXPECT_FALSE(acknowledge(host_.identity(), composed.id, bob_.card.identity_pk));
}

TEST_F(DeliveryTest, WhatAnotherProcessWasToldIsFoundInTheStore) {
  const MessageId one = say(host_, kitchen_, "one").id;
  const MessageId two = say(host_, kitchen_, "two").id;
  const auto among = [&] {
    std::vector<MessageId> ids;
    for (const auto& settled : must(settled_among(host_.database, kitchen_.id, host_.identity(),
                                                  {two, MessageId::random(entropy_), one}))) {
      EXPECT_EQ(settled.stage, Stage::delivered);
      ids.push_back(settled.id);
    }
    return ids;
  };
  EXPECT_FALSE(acknowledge(host_.identity(), one, bob_.card.identity_pk));
  EXPECT_TRUE(among().empty());
  EXPECT_TRUE(acknowledge(host_.identity(), one, carol_.card.identity_pk));
  EXPECT_EQ(among(), std::vector{one});
}

TEST_F(DeliveryTest, WhatTheLastRecipientRejectsWaitsNoLonger) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const Composed composed = must(say(dora, room, "hello", named_message_id("one")));
  const auto refuse = [&](const crypto::Ed25519PublicKey& recipient) {
    must(in_transaction(dora.database, [&] {
      return rejected(dora.database, room.id, dora.identity(), dora.identity(), composed.id,
                      recipient);
    }));
  };
  refuse(bob_.card.identity_pk);  // who was never asked
  EXPECT_EQ(stage(dora, composed.seq), Stage::queued);
  refuse(host_.identity());
  EXPECT_EQ(stage(dora, composed.seq), Stage::cancelled);
  EXPECT_TRUE(waiting(dora, host_.identity()).empty());
}

TEST_F(DeliveryTest, WhatAHostShowsIsOwedToItsAuthor) {
  const Accepted accepted = take(host_, message_of(bob_, "hi"));
  const auto show = [&](Household& at, std::int64_t seq) {
    return must(
        in_transaction(at.database, [&] { return shown(at.database, at.identity(), seq); }));
  };
  const auto owed = show(host_, accepted.seq);
  ASSERT_TRUE(owed);
  EXPECT_EQ(owed->room, kitchen_.id);
  EXPECT_EQ(owed->author, bob_.card.identity_pk);
  EXPECT_FALSE(show(host_, accepted.seq));  // once
  EXPECT_FALSE(show(host_, say(host_, kitchen_, "own").seq));
  EXPECT_FALSE(show(host_, 4711));
  const auto rows =
      must(store::Receipts(host_.database).owed(kitchen_.id, bob_.card.identity_pk, 10));
  ASSERT_EQ(rows.size(), 1U);
  must(in_transaction(host_.database, [&] {
    return read_is_known(host_.database, kitchen_.id, bob_.card.identity_pk, rows[0].id);
  }));
  EXPECT_TRUE(must(store::Receipts(host_.database).owed(kitchen_.id, bob_.card.identity_pk, 10))
                  .empty());

  // Members owe nobody: `read` in a room means read by its host.
  Household dora(entropy_, "dora");
  joined(dora);
  EXPECT_FALSE(show(dora, take(dora, message_of(bob_, "hi")).seq));
}

TEST_F(DeliveryTest, WhatWasReadHasArrived) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const Composed composed = must(say(dora, room, "hello", named_message_id("one")));
  const auto hash = must(Messages(dora.database).find(composed.seq))->content_hash;
  const auto hear = [&](const MessageId& id, const crypto::Hash32& of = {}) {
    return must(in_transaction(dora.database, [&] {
      return read(dora.database, room.id, dora.identity(), {id, dora.identity(), of});
    }));
  };
  EXPECT_FALSE(hear(MessageId::random(entropy_), hash));
  EXPECT_FALSE(hear(composed.id));  // other words, of a store that was lost
  EXPECT_EQ(stage(dora, composed.seq), Stage::queued);
  EXPECT_TRUE(hear(composed.id, hash));
  EXPECT_FALSE(hear(composed.id, hash));
  EXPECT_EQ(stage(dora, composed.seq), Stage::read);
  EXPECT_TRUE(waiting(dora, host_.identity()).empty());
}

TEST_F(DeliveryTest, WhatWasReadIsReportedAsDeliveredOnce) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const Composed composed = must(say(dora, room, "hello", named_message_id("one")));
  const auto hash = must(Messages(dora.database).find(composed.seq))->content_hash;
  const auto hear = [&](const crypto::Hash32& of) {
    const wire::Read read{composed.id, dora.identity(), of};
    return must(in_transaction(dora.database, [&] {
      return delivered_if_read(dora.database, room.id, dora.identity(), read, host_.identity());
    }));
  };
  EXPECT_FALSE(hear(crypto::Hash32()));  // other words
  EXPECT_EQ(waiting(dora, host_.identity()), Texts{"hello"});
  EXPECT_TRUE(hear(hash));
  EXPECT_FALSE(hear(hash));
  EXPECT_EQ(stage(dora, composed.seq), Stage::delivered);
  EXPECT_TRUE(waiting(dora, host_.identity()).empty());
}

TEST_F(DeliveryTest, TwoWeeksInTheOutboxAreTheEnd) {
  const Composed old = say(host_, kitchen_, "old");
  const wire::Message passed_on = message_of(bob_, "from bob");
  take(host_, passed_on);
  now_ += std::chrono::days(7);
  const Composed young = say(host_, kitchen_, "young");
  now_ += std::chrono::days(7) + seconds(1);
  const auto expired = must(in_transaction(
      host_.database, [&] { return expire(host_.database, host_.identity(), now_); }));
  ASSERT_EQ(expired.size(), 1U);  // what others wrote is not ours to report
  EXPECT_EQ(expired[0].id, old.id);
  EXPECT_EQ(expired[0].room, kitchen_.id);
  EXPECT_EQ(stage(host_, old.seq), Stage::expired);
  EXPECT_EQ(stage(host_, young.seq), Stage::queued);
  EXPECT_EQ(waiting(host_, carol_.card.identity_pk), Texts{"young"});
  EXPECT_EQ(error_of(say(host_, kitchen_, "other words", old.id)), "message.id_reused");
}

// A clock that was wrong by weeks: what was queued under it is old by its own time, and what
// came after by the right one.
TEST_F(DeliveryTest, AClockThatWasWeeksAheadKeepsNothingElseFromExpiring) {
  const auto given_up = [&] {
    return must(in_transaction(host_.database,
                               [&] { return expire(host_.database, host_.identity(), now_); }))
        .size();
  };
  now_ += std::chrono::days(20);
  const Composed ahead = say(host_, kitchen_, "under the wrong clock");
  now_ -= std::chrono::days(20);
  const Composed right = say(host_, kitchen_, "under the right one");
  EXPECT_EQ(given_up(), 0U);
  now_ += outbox_limit + seconds(1);
  EXPECT_EQ(given_up(), 1U);
  EXPECT_EQ(stage(host_, right.seq), Stage::expired);
  EXPECT_EQ(stage(host_, ahead.seq), Stage::queued);
  now_ += std::chrono::days(20);
  EXPECT_EQ(given_up(), 1U);
  EXPECT_EQ(stage(host_, ahead.seq), Stage::expired);
}

TEST_F(DeliveryTest, AClockThatGoesBackByWeeksExpiresNothing) {
  now_ += std::chrono::days(40);
  const Composed composed = say(host_, kitchen_, "waits");
  for (const int back : {15, 400, 20'000}) {  // to before 1970
    const auto expired = must(in_transaction(host_.database, [&] {
      return expire(host_.database, host_.identity(), now_ - std::chrono::days(back));
    }));
    EXPECT_TRUE(expired.empty());
  }
  EXPECT_EQ(stage(host_, composed.seq), Stage::queued);
  EXPECT_EQ(waiting(host_, carol_.card.identity_pk), Texts{"waits"});
}

TEST_F(DeliveryTest, ReceiptsKnowNoClock) {
  // Owed in the order in which the words came, whatever the time was.
  std::vector<MessageId> shown_ids;
  const WallTime before = now_;
  for (const int off : {0, 20, -20}) {
    now_ = before + std::chrono::days(off);
    const wire::Message message = message_of(bob_, std::to_string(off));
    const Accepted accepted = take(host_, message);
    EXPECT_TRUE(must(in_transaction(host_.database, [&] {
      return shown(host_.database, host_.identity(), accepted.seq);
    })));
    shown_ids.push_back(message.id);
  }
  std::vector<MessageId> owed;
  for (const auto& row :
       must(store::Receipts(host_.database).owed(kitchen_.id, bob_.card.identity_pk, 10))) {
    owed.push_back(row.id);
  }
  EXPECT_EQ(owed, shown_ids);
}

TEST_F(DeliveryTest, WhatAWrongClockGaveUpMayStillTurnOutToBeRead) {
  Household dora(entropy_, "dora");
  const auto room = joined(dora);
  const Composed composed = must(say(dora, room, "hello", named_message_id("one")));
  const auto hash = must(Messages(dora.database).find(composed.seq))->content_hash;
  const auto expired = must(in_transaction(dora.database, [&] {
    return expire(dora.database, dora.identity(), now_ + std::chrono::days(20));
  }));
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(stage(dora, composed.seq), Stage::expired);
  EXPECT_TRUE(must(in_transaction(dora.database, [&] {
    return read(dora.database, room.id, dora.identity(), {composed.id, dora.identity(), hash});
  })));
  EXPECT_EQ(stage(dora, composed.seq), Stage::read);
}

TEST_F(DeliveryTest, ACancelledMessageWaitsForNobody) {
  const Composed one = say(host_, kitchen_, "one");
  say(host_, kitchen_, "two");
  const auto give_up = [&](const MessageId& id) {
    return in_transaction(host_.database,
                          [&] { return cancel(host_.database, host_.identity(), id); });
  };
  EXPECT_EQ(must(give_up(one.id)), kitchen_.id);
  EXPECT_EQ(error_of(give_up(one.id)), "message.unknown");
  EXPECT_EQ(error_of(give_up(MessageId::random(entropy_))), "message.unknown");
  EXPECT_EQ(stage(host_, one.seq), Stage::cancelled);
  EXPECT_EQ(waiting(host_, bob_.card.identity_pk), Texts{"two"});
  // It had left before: that it arrived all the same is said.
  EXPECT_TRUE(acknowledge(host_.identity(), one.id, bob_.card.identity_pk));
  EXPECT_EQ(stage(host_, one.seq), Stage::delivered);
}

TEST_F(DeliveryTest, TheWordsOfOthersAreNotOursToReport) {
  const wire::Message message = message_of(bob_, "hi");
  take(host_, message);
  EXPECT_FALSE(acknowledge(bob_.card.identity_pk, message.id, carol_.card.identity_pk));
  EXPECT_TRUE(waiting(host_, carol_.card.identity_pk).empty());
}

TEST_F(DeliveryTest, AnAcknowledgementOfNothingDoesNothing) {
  say(host_, kitchen_, "hello");
  EXPECT_FALSE(
      acknowledge(host_.identity(), MessageId::random(entropy_), bob_.card.identity_pk));
  EXPECT_EQ(waiting(host_, bob_.card.identity_pk), Texts{"hello"});
}

}  // namespace
}  // namespace sotto::room
