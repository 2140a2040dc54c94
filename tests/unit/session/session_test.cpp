#include "session/session.h"

#include "session_pair.h"

namespace sotto::session {
namespace {

using wire::FrameType;

using SessionOrder = SessionPair;
using SessionAcks = SessionPair;
using SessionAttach = SessionPair;
using SessionBuffer = SessionPair;
using SessionPriority = SessionPair;

std::vector<std::string> numbered(int count) {
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out.push_back("message " + std::to_string(i));
  return out;
}

// --- order

TEST_F(SessionOrder, MessagesArriveOnceAndInTheirOrder) {
  for (const std::string& m : numbered(100)) joiner_.send(chat_channel, text(m));
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), numbered(100));
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

TEST_F(SessionOrder, BothDirectionsAreIndependent) {
  joiner_.send(chat_channel, text("from the joiner"));
  host_.send(chat_channel, text("from the host"));
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), std::vector<std::string>{"from the joiner"});
  EXPECT_EQ(messages(joiner_, chat_channel), std::vector<std::string>{"from the host"});
}

TEST_F(SessionOrder, SmallMessagesShareARecord) {
  for (int i = 0; i < 10; ++i) joiner_.send(chat_channel, text("hi"));
  EXPECT_EQ(carry(joiner_).size(), 10U);
  EXPECT_EQ(messages(host_, chat_channel).size(), 10U);
}

TEST_F(SessionOrder, EmptyMessagesArriveToo) {
  joiner_.send(chat_channel, {});
  joiner_.send(chat_channel, text("x"));
  joiner_.send(chat_channel, {});
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), (std::vector<std::string>{"", "x", ""}));
}

TEST_F(SessionOrder, AMessageOfTheLimitArrives) {
  for (const auto& [channel, kind] : {std::pair(chat_channel, ChannelKind::chat),
                                      std::pair(control_channel, ChannelKind::control)}) {
    const std::string longest(message_limit(kind), 'x');
    joiner_.send(channel, text(longest));
    EXPECT_EQ(joiner_.queued_bytes(channel), longest.size());
    exchange();
    EXPECT_EQ(joiner_.queued_bytes(channel), 0U);
    EXPECT_EQ(messages(host_, channel), std::vector{longest});
  }
}

TEST_F(SessionOrder, AFrameThatCameBeforeIsTakenForADuplicate) {
  ASSERT_TRUE(receive_data(host_, 1, chat_channel, "one"));
  ASSERT_TRUE(receive_data(host_, 2, chat_channel, "two"));
  ASSERT_TRUE(receive_data(host_, 1, chat_channel, "something else"));
  ASSERT_TRUE(receive_data(host_, 2, chat_channel, "something else"));
  EXPECT_EQ(messages(host_, chat_channel), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(host_.last_received(), 2U);
}

TEST_F(SessionOrder, AGapBreaksTheProtocol) {
  ASSERT_TRUE(receive_data(host_, 1, chat_channel, "one"));
  EXPECT_TRUE(breaks_protocol(receive_data(host_, 3, chat_channel, "three")));
  EXPECT_EQ(host_.last_received(), 1U);
}

TEST_F(SessionOrder, TheFirstFrameIsNumberOne) {
  EXPECT_TRUE(breaks_protocol(receive_data(host_, 2, chat_channel, "x")));
  EXPECT_TRUE(receive_data(host_, 0, chat_channel, "before all"));
  EXPECT_FALSE(host_.next_event());
}

TEST_F(SessionOrder, FramesOfTheHandshakeBreakTheProtocol) {
  EXPECT_TRUE(breaks_protocol(host_.on_frame({FrameType::welcome, {}}, now_)));
  EXPECT_TRUE(breaks_protocol(host_.on_frame({FrameType::refused, {}}, now_)));
}

TEST_F(SessionOrder, WakesWheneverThereIsSomethingNewToWrite) {
  int woken = 0;
  joiner_.set_wake([&woken] { ++woken; });
  joiner_.send(chat_channel, text("x"));
  EXPECT_EQ(woken, 1);
  joiner_.open(ChannelKind::file, {});
  EXPECT_EQ(woken, 2);
}

// --- acknowledgements

TEST_F(SessionAcks, AreDelayedWhenThereIsNothingElseToSay) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  EXPECT_TRUE(carry(host_).empty());
  EXPECT_EQ(host_.next_deadline(), now_ + ack_delay);
  now_ += ack_delay;
  const auto frames = carry(host_);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].type, FrameType::ack);
  EXPECT_EQ(frames[0].seq, 1U);
  EXPECT_FALSE(host_.next_deadline());
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

TEST_F(SessionAcks, RideOnWhateverGoesTheirWay) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  host_.send(chat_channel, text("y"));
  const auto frames = carry(host_);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, FrameType::data);
  EXPECT_EQ(frames[1].type, FrameType::ack);
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

TEST_F(SessionAcks, RideOnFullRecordsToo) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  host_.send(chat_channel, Bytes(500'000));
  const auto frames = carry(host_);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_GT(frames[0].body_bytes, 60'000U);
  EXPECT_EQ(frames[1].type, FrameType::ack);
}

TEST_F(SessionAcks, AreCumulative) {
  for (int i = 0; i < 5; ++i) {
    joiner_.send(chat_channel, text("x"));
    carry(joiner_);
  }
  now_ += ack_delay;
  const auto frames = carry(host_);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].seq, 5U);
}

TEST_F(SessionAcks, ComeAtOnceAfterAQuarterOfAMegabyte) {
  joiner_.send(chat_channel, Bytes(2 * ack_every));
  std::size_t received = 0;
  while (received < ack_every) {
    EXPECT_TRUE(carry(host_).empty());
    received += carry(joiner_).front().body_bytes;
  }
  EXPECT_EQ(carry(host_).front().type, FrameType::ack);
}

TEST_F(SessionAcks, AreRepeatedForDuplicates) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  now_ += ack_delay;
  lose(host_);
  ASSERT_TRUE(receive_data(host_, 1, chat_channel, "x"));
  now_ += ack_delay;
  EXPECT_EQ(carry(host_).front().type, FrameType::ack);
}

TEST_F(SessionAcks, OfWhatWasNeverSentBreakTheProtocol) {
  EXPECT_TRUE(receive_ack(joiner_, 0));
  EXPECT_TRUE(breaks_protocol(receive_ack(joiner_, 1)));
  joiner_.send(chat_channel, text("x"));
  EXPECT_TRUE(breaks_protocol(receive_ack(joiner_, 1)));
  carry(joiner_);
  EXPECT_TRUE(receive_ack(joiner_, 1));
  EXPECT_TRUE(breaks_protocol(receive_ack(joiner_, ~0ULL)));
}

TEST_F(SessionAcks, OldOnesChangeNothing) {
  for (int i = 0; i < 3; ++i) joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  ASSERT_TRUE(receive_ack(joiner_, 2));
  const std::size_t left = joiner_.unacknowledged_bytes();
  ASSERT_TRUE(receive_ack(joiner_, 1));
  EXPECT_EQ(joiner_.unacknowledged_bytes(), left);
}

TEST_F(SessionAcks, TheOldestUnacknowledgedFrameIsWhatWaits) {
  EXPECT_FALSE(joiner_.unacknowledged_since());
  const SteadyTime first = now_;
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  now_ += seconds(1);
  joiner_.send(chat_channel, text("y"));
  carry(joiner_);
  EXPECT_EQ(joiner_.unacknowledged_since(), first);
  ASSERT_TRUE(receive_ack(joiner_, 1));
  EXPECT_EQ(joiner_.unacknowledged_since(), first + seconds(1));
  ASSERT_TRUE(receive_ack(joiner_, 2));
  EXPECT_FALSE(joiner_.unacknowledged_since());
}

// --- a new link

TEST_F(SessionAttach, WhatWasLostIsSentAgain) {
  for (const std::string& m : numbered(3)) joiner_.send(chat_channel, text(m));
  EXPECT_EQ(lose(joiner_).size(), 3U);
  EXPECT_TRUE(carry(joiner_).empty());
  relink();
  EXPECT_EQ(carry(joiner_).size(), 3U);
  EXPECT_EQ(messages(host_, chat_channel), numbered(3));
}

TEST_F(SessionAttach, WhatHadArrivedIsNot) {
  for (const std::string& m : numbered(3)) {
    joiner_.send(chat_channel, text(m));
    carry(joiner_);
  }
  joiner_.send(chat_channel, text("lost"));
  lose(joiner_);
  relink();
  const auto frames = carry(joiner_);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].seq, 4U);
}

TEST_F(SessionAttach, AMessageCutByTheOldLinkGoesOnWhereItStopped) {
  const std::string message = std::string(200'000, 'a') + std::string(200'000, 'b');
  joiner_.send(chat_channel, text(message));
  carry(joiner_);
  carry(joiner_);
  lose(joiner_);
  relink();
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), std::vector{message});
}

TEST_F(SessionAttach, ResentFramesWaitForTheirAckFromTheNewLinkOn) {
  joiner_.send(chat_channel, text("x"));
  lose(joiner_);
  now_ += seconds(60);
  relink();
  EXPECT_FALSE(joiner_.unacknowledged_since());
  lose(joiner_);
  EXPECT_EQ(joiner_.unacknowledged_since(), now_);
}

TEST_F(SessionAttach, SeveralLinksCanBeLostInARow) {
  for (const std::string& m : numbered(5)) joiner_.send(chat_channel, text(m));
  for (int i = 0; i < 10; ++i) {
    lose(joiner_);
    relink();
  }
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), numbered(5));
}

TEST_F(SessionAttach, TheOldLinkMayStillBringFrames) {
  for (const std::string& m : numbered(2)) joiner_.send(chat_channel, text(m));
  lose(joiner_);
  relink();
  // The lost record turns up over the old link, then the new link repeats it.
  ASSERT_TRUE(receive_data(host_, 1, chat_channel, "message 0"));
  ASSERT_TRUE(receive_data(host_, 2, chat_channel, "message 1"));
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), numbered(2));
}

TEST_F(SessionAttach, AnAckOfTheOldLinkCountsDuringTheRepetition) {
  for (int i = 0; i < 5; ++i) joiner_.send(chat_channel, Bytes(40'000));
  while (!lose(joiner_).empty()) {
  }
  relink();
  lose(joiner_);
  ASSERT_TRUE(receive_ack(joiner_, 2));
  const auto frames = lose(joiner_);
  ASSERT_FALSE(frames.empty());
  EXPECT_GT(frames.front().seq, 2U);
}

// The joiner's request overtakes nothing: it may be slower than an ack over the old link.
TEST_F(SessionAttach, ThePeerMayHaveAcknowledgedMoreThanItTold) {
  joiner_.send(chat_channel, text("one"));
  const std::uint64_t told = host_.last_received();
  carry(joiner_);
  now_ += ack_delay;
  carry(host_);
  ASSERT_TRUE(joiner_.everything_acknowledged());
  ASSERT_TRUE(joiner_.attach(2, told));
  joiner_.send(chat_channel, text("two"));
  EXPECT_EQ(carry(joiner_).front().seq, 2U);
  EXPECT_EQ(messages(host_, chat_channel), (std::vector<std::string>{"one", "two"}));
}

TEST_F(SessionAttach, APeerThatHasForgottenIsRefused) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  ASSERT_TRUE(joiner_.attach(2, 1));
  EXPECT_TRUE(breaks_protocol(joiner_.attach(3, 0)));
}

TEST_F(SessionAttach, APeerFromTheFutureIsRefused) {
  joiner_.send(chat_channel, text("x"));
  EXPECT_TRUE(breaks_protocol(joiner_.attach(2, 1)));
  EXPECT_TRUE(breaks_protocol(joiner_.attach(2, ~0ULL)));
  carry(joiner_);
  EXPECT_TRUE(joiner_.attach(2, 1));
}

TEST_F(SessionAttach, KeepsTheNumberOfTheLink) {
  EXPECT_EQ(joiner_.link_no(), 1U);
  ASSERT_TRUE(joiner_.attach(7, 0));
  EXPECT_EQ(joiner_.link_no(), 7U);
}

TEST_F(SessionAttach, NoAckIsDueThatTheNewLinkHasTold) {
  joiner_.send(chat_channel, text("x"));
  carry(joiner_);
  ASSERT_TRUE(host_.next_deadline());
  relink();
  EXPECT_FALSE(host_.next_deadline());
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

// --- the retransmit buffer

TEST_F(SessionBuffer, IsBoundedAndGoesOnOnceAcknowledged) {
  std::vector<ChannelId> files;
  for (int i = 0; i < 8; ++i) {
    files.push_back(joiner_.open(ChannelKind::file, {}));
    for (int j = 0; j < 2; ++j) joiner_.send(files.back(), Bytes(400'000));
  }
  const auto carry_what_goes = [this] {
    while (!carry(joiner_).empty()) {
      ASSERT_LT(joiner_.unacknowledged_bytes(), retransmit_limit + record_payload_limit);
    }
  };
  carry_what_goes();
  EXPECT_GE(joiner_.unacknowledged_bytes(), retransmit_limit - kept_for_words);
  for (int i = 0; i < 2; ++i) joiner_.send(chat_channel, Bytes(1'000'000));
  carry_what_goes();
  EXPECT_GE(joiner_.unacknowledged_bytes(), retransmit_limit);
  exchange();
  EXPECT_TRUE(joiner_.everything_acknowledged());
  EXPECT_EQ(joiner_.unacknowledged_bytes(), 0U);
}

TEST_F(SessionBuffer, WordsDoNotWaitUntilBulkIsAcknowledged) {
  for (int i = 0; i < 8; ++i) {
    const ChannelId forward = joiner_.open(ChannelKind::forward, {});
    for (int j = 0; j < 2; ++j) joiner_.send(forward, Bytes(400'000));
  }
  carry_all(joiner_);
  joiner_.send(chat_channel, text("meanwhile"));
  joiner_.send(control_channel, text("and this"));
  const auto frames = carry(joiner_);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].channel, control_channel);
  EXPECT_EQ(frames[1].channel, chat_channel);
}

TEST_F(SessionBuffer, HoldsSmallFramesAtTheirRealCost) {
  host_.send(chat_channel, {});
  carry(host_);
  EXPECT_GE(host_.unacknowledged_bytes(), 64U);
}

TEST_F(SessionBuffer, AllOfItIsSentAgainOnANewLink) {
  std::vector<ChannelId> files;
  for (int i = 0; i < 6; ++i) {
    files.push_back(joiner_.open(ChannelKind::file, {}));
    joiner_.send(files.back(), Bytes(500'000, static_cast<std::byte>(i)));
  }
  while (!lose(joiner_).empty()) {
  }
  relink();
  exchange();
  std::size_t arrived = 0;
  while (auto event = host_.next_event()) {
    const auto* message = std::get_if<MessageArrived>(&*event);
    if (message == nullptr) continue;
    ++arrived;
    const auto file = std::ranges::find(files, message->channel) - files.begin();
    EXPECT_TRUE(message->message == Bytes(500'000, static_cast<std::byte>(file)));
  }
  EXPECT_EQ(arrived, files.size());
}

// --- what goes first

TEST_F(SessionPriority, ChatOvertakesAFile) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  for (int i = 0; i < 2; ++i) joiner_.send(file, Bytes(500'000));
  carry(joiner_);
  joiner_.send(chat_channel, text("now"));
  const auto frames = carry(joiner_);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames[0].channel, chat_channel);
  EXPECT_EQ(messages(host_, chat_channel), std::vector<std::string>{"now"});
}

TEST_F(SessionPriority, ControlOvertakesChat) {
  joiner_.send(chat_channel, text("chat"));
  joiner_.send(control_channel, text("control"));
  const auto frames = carry(joiner_);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].channel, control_channel);
}

TEST_F(SessionPriority, FilesTakeTurns) {
  const ChannelId one = joiner_.open(ChannelKind::file, {});
  const ChannelId two = joiner_.open(ChannelKind::file, {});
  for (const ChannelId file : {one, two}) joiner_.send(file, Bytes(500'000));
  carry(joiner_);
  std::size_t sent_of_one = 0;
  std::size_t sent_of_two = 0;
  for (int i = 0; i < 6; ++i) {
    for (const SeenFrame& frame : carry(joiner_)) {
      (frame.channel == one ? sent_of_one : sent_of_two) += frame.body_bytes;
    }
  }
  EXPECT_GT(sent_of_one, 150'000U);
  EXPECT_GT(sent_of_two, 150'000U);
}

TEST_F(SessionPriority, AMessageIsNotCutIntoCrumbs) {
  joiner_.send(control_channel, Bytes(32'000));
  joiner_.send(control_channel, Bytes(32'000));
  joiner_.send(chat_channel, Bytes(100'000));
  for (int i = 0; i < 4; ++i) {
    for (const SeenFrame& frame : carry(joiner_)) EXPECT_GE(frame.body_bytes, 257U);
  }
}

}  // namespace
}  // namespace sotto::session
