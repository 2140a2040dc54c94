#include "store/messages.h"

#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class MessagesTest : public StoreTest {
 protected:
  std::int64_t add(const MessageRow& row) {
    const auto addition = must(messages_->add(row));
    EXPECT_EQ(addition.outcome, Messages::Added::added);
    return addition.seq;
  }
  MessageRow received_at(std::int64_t ms, const std::string& text) {
    MessageRow row = message_row(room_, text);
    row.received = at_ms(ms);
    return row;
  }
  // Closes the store, so that the test can fork or look at the file.
  void close() {
    messages_.reset();
    database_.reset();
  }
  void reopen() {
    database_.emplace(open());
    messages_.emplace(*database_);
  }

  std::optional<Database> database_{open()};
  std::optional<Messages> messages_{*database_};
  RoomId room_ = add_room(*database_);
};

TEST_F(MessagesTest, ComeBackAsTheyWere) {
  MessageRow row = message_row(room_, "hello");
  row.stage = Stage::sent;
  row.shown = true;
  row.seq = 4711;  // ignored
  const std::int64_t seq = add(row);
  EXPECT_EQ(seq, 1);
  for (const auto& found :
       {must(messages_->find(seq)), must(messages_->find(room_, row.author, row.id))}) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->seq, seq);
    EXPECT_EQ(found->room, row.room);
    EXPECT_EQ(found->author, row.author);
    EXPECT_EQ(found->id, row.id);
    EXPECT_EQ(found->content_hash, row.content_hash);
    EXPECT_EQ(found->message, row.message);
    EXPECT_EQ(found->received, row.received);
    EXPECT_EQ(found->stage, Stage::sent);
    EXPECT_TRUE(found->shown);
  }
  EXPECT_FALSE(must(messages_->find(seq + 1)));
  EXPECT_FALSE(must(messages_->find(room_, row.author, MessageId())));
}

TEST_F(MessagesTest, EmptyAndLongOnesComeBack) {
  const std::string longest(1 << 20, 'x');
  const auto empty = add(message_row(room_, ""));
  const auto full = add(message_row(room_, longest));
  EXPECT_TRUE(must(messages_->find(empty))->message.empty());
  EXPECT_EQ(to_string(must(messages_->find(full))->message), longest);
}

TEST_F(MessagesTest, TheSameAgainIsADuplicateAndOtherContentIsRefused) {
  const MessageRow row = message_row(room_, "hello");
  const std::int64_t seq = add(row);
  const auto again = must(messages_->add(row));
  EXPECT_EQ(again.outcome, Messages::Added::duplicate);
  EXPECT_EQ(again.seq, seq);

  MessageRow forged = row;
  forged.content_hash[31] ^= std::byte{1};
  forged.message = to_bytes("goodbye");
  const auto reused = must(messages_->add(forged));
  EXPECT_EQ(reused.outcome, Messages::Added::id_reused);
  EXPECT_EQ(reused.seq, seq);
  EXPECT_EQ(texts_of(must(messages_->history(room_, {}))), Texts{"hello"});
}

TEST_F(MessagesTest, TheSameIdOfAnotherAuthorOrRoomIsAnotherMessage) {
  MessageRow row = message_row(room_, "hello");
  add(row);
  row.author = crypto::Ed25519PublicKey::random(entropy_);
  add(row);
  row.room = add_room(*database_, "cellar");
  add(row);
  EXPECT_EQ(must(messages_->history(room_, {})).size(), 2U);
}

TEST_F(MessagesTest, HistoryIsOldestFirstAndCutsFromTheOldEnd) {
  add(received_at(10, "one"));
  add(received_at(30, "two"));
  add(received_at(20, "three, after the clock was set back"));
  add(message_row(add_room(*database_, "cellar"), "elsewhere"));
  const auto history = [&](HistoryQuery query) {
    return texts_of(must(messages_->history(room_, query)));
  };
  const Texts all{"one", "two", "three, after the clock was set back"};
  EXPECT_EQ(history({}), all);
  EXPECT_EQ(history({.since = at_ms(10), .limit = {}}), all);
  EXPECT_EQ(history({.since = at_ms(11), .limit = {}}), Texts({all[1], all[2]}));
  EXPECT_EQ(history({.since = at_ms(21), .limit = {}}), Texts{"two"});
  EXPECT_EQ(history({.since = at_ms(31), .limit = {}}), Texts{});
  EXPECT_EQ(history({.since = {}, .limit = 2}), Texts({all[1], all[2]}));
  EXPECT_EQ(history({.since = {}, .limit = 0}), Texts{});
  EXPECT_EQ(history({.since = at_ms(21), .limit = 2}), Texts{"two"});
  EXPECT_EQ(history({.since = at_ms(11), .limit = 1}), Texts{all[2]});
}

TEST_F(MessagesTest, WhatWasNotShownIsListedUntilItWas) {
  MessageRow ours = message_row(room_, "ours");
  ours.shown = true;
  const auto first = add(message_row(room_, "first"));
  add(ours);
  const auto second = add(message_row(room_, "second"));
  EXPECT_EQ(texts_of(must(messages_->not_shown(room_))), Texts({"first", "second"}));
  must(messages_->mark_shown(first));
  must(messages_->mark_shown(first));
  must(messages_->mark_shown(4711));
  EXPECT_EQ(texts_of(must(messages_->not_shown(room_))), Texts{"second"});
  EXPECT_TRUE(must(messages_->find(first))->shown);
  must(messages_->mark_shown(second));
  EXPECT_TRUE(must(messages_->not_shown(room_)).empty());
}

TEST_F(MessagesTest, AStageNeverGoesBack) {
  const auto seq = add(message_row(room_, "hello"));
  const auto stage = [&] { return must(messages_->find(seq))->stage; };
  EXPECT_EQ(stage(), Stage::queued);
  for (const Stage later : {Stage::relayed, Stage::sent, Stage::delivered}) {
    must(messages_->set_stage(seq, later));
    EXPECT_EQ(stage(), later);
  }
  must(messages_->set_stage(seq, Stage::sent));
  EXPECT_EQ(stage(), Stage::delivered);
  must(messages_->set_stage(seq, Stage::read));
  must(messages_->set_stage(seq, Stage::queued));
  EXPECT_EQ(stage(), Stage::read);
  must(messages_->set_stage(4711, Stage::read));
  EXPECT_EQ(to_string(must(messages_->find(seq))->message), "hello");
}

TEST_F(MessagesTest, ASeqIsNotUsedAgainWhenTheNewestMessagesAreRemoved) {
  const auto first = add(message_row(room_, "hello"));
  must(Rooms(*database_).remove(room_));
  const RoomId next_room = add_room(*database_, "next");
  EXPECT_GT(add(message_row(next_room, "hello again")), first);
}

TEST_F(MessagesTest, NumbersGoOnWhereAJobOfTheBatchWasTakenBack) {
  const std::int64_t before = add(message_row(room_, "before"));
  std::vector<std::int64_t> seqs;
  must(database_->transaction([&]() -> Result<void> {
    seqs.push_back(add(message_row(room_, "first")));
    const auto taken_back = database_->transaction([&]() -> Result<void> {
      EXPECT_EQ(add(message_row(room_, "taken back")), before + 2);
      return fail(Errc::io, "This job fails.");
    });
    EXPECT_FALSE(taken_back);
    seqs.push_back(add(message_row(room_, "second")));
    must(Messages(*database_).remove(seqs.back()));
    seqs.push_back(add(message_row(room_, "third")));
    return {};
  }));
  EXPECT_EQ(seqs, (std::vector{before + 1, before + 2, before + 3}));
  EXPECT_EQ(add(message_row(room_, "after")), before + 4);
  EXPECT_EQ(texts_of(must(messages_->history(room_, {}))),
            Texts({"before", "first", "third", "after"}));
}

TEST_F(MessagesTest, TwoProcessesNeverUseTheSameSeq) {
  constexpr int each = 200;
  close();
  const auto write = [&](std::uint64_t seed) {
    SeededEntropy entropy(seed);
    Database database = must(Database::open(file(), profile_key_, entropy));
    Messages messages(database);
    for (int i = 0; i < each; ++i) {
      MessageRow row;
      row.room = room_;
      row.id = MessageId::random(entropy);
      row.message = to_bytes("of " + std::to_string(seed));
      if (must(messages.add(row)).outcome != Messages::Added::added) return 1;
    }
    return 0;
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int status = 2;
    try {
      status = write(100);
    } catch (const std::exception& e) {
      std::fputs(e.what(), stderr);
    }
    ::_exit(status);
  }
  EXPECT_EQ(write(200), 0);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);

  reopen();
  const auto all = must(messages_->history(room_, {}));
  std::set<std::int64_t> seqs;
  int of_child = 0;
  for (const MessageRow& row : all) {
    seqs.insert(row.seq);
    if (to_string(row.message) == "of 100") ++of_child;
  }
  EXPECT_EQ(seqs.size(), static_cast<std::size_t>(2 * each));
  EXPECT_EQ(of_child, each);
}

}  // namespace
}  // namespace sotto::store
