#include "session/channel.h"

#include "session_pair.h"

namespace sotto::session {
namespace {

using wire::FrameType;

using ChannelCredit = SessionPair;
using ChannelLife = SessionPair;

constexpr std::byte file_kind{static_cast<std::uint8_t>(ChannelKind::file)};

// The table of docs/protocol.md section 5.
TEST(Channel, HasRoomForTwoOfItsLongestMessages) {
  for (const ChannelKind kind : {ChannelKind::control, ChannelKind::chat}) {
    EXPECT_EQ(initial_credit(kind), 2 * message_limit(kind));
  }
  EXPECT_EQ(message_limit(ChannelKind::control), 32'768U);
  EXPECT_EQ(message_limit(ChannelKind::chat), wire::room_frame_limit);
}

TEST(Channel, HasRoomForFourOfBulk) {
  for (const ChannelKind kind : {ChannelKind::file, ChannelKind::forward}) {
    EXPECT_EQ(initial_credit(kind), 2'097'152U);
    EXPECT_EQ(message_limit(kind), 524'288U);
    EXPECT_EQ(credit_piece(kind), 262'144U);
  }
}

// --- credit

TEST_F(ChannelCredit, ASenderStopsAtTheWindowAndGoesOn) {
  const std::string message(message_limit(ChannelKind::chat) / 2, 'x');
  for (int i = 0; i < 10; ++i) joiner_.send(chat_channel, text(message));
  exchange();
  const std::size_t waiting = joiner_.queued_bytes(chat_channel);
  EXPECT_GT(waiting, 5 * message.size());
  exchange();
  EXPECT_EQ(joiner_.queued_bytes(chat_channel), waiting);

  std::size_t arrived = 0;
  while (arrived < 10) {
    const auto more = messages(host_, chat_channel);
    ASSERT_FALSE(more.empty());
    arrived += more.size();
    exchange();
  }
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

TEST_F(ChannelCredit, AFullWindowOfOneChannelStopsNoOther) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  for (int i = 0; i < 10; ++i) joiner_.send(file, Bytes(500'000));
  exchange();
  EXPECT_GT(joiner_.queued_bytes(file), 0U);
  joiner_.send(chat_channel, text("still"));
  exchange();
  EXPECT_EQ(messages(host_, chat_channel), std::vector<std::string>{"still"});
}

TEST_F(ChannelCredit, IsWhatTheFramesOfAMessageUse) {
  joiner_.send(chat_channel, text("12345"));
  exchange();
  EXPECT_EQ(expect_event<MessageArrived>(host_).credit, 5 + data_frame_credit);
  joiner_.send(chat_channel, Bytes(100'000));
  exchange();
  EXPECT_EQ(expect_event<MessageArrived>(host_).credit, 100'000 + 2 * data_frame_credit);
}

TEST_F(ChannelCredit, IsGivenBackInLargePieces) {
  const std::size_t quarter = initial_credit(ChannelKind::chat) / 4;
  joiner_.send(chat_channel, Bytes(quarter));
  exchange();
  const std::size_t used = expect_event<MessageArrived>(host_).credit;
  host_.consumed(chat_channel, quarter - 1);
  EXPECT_TRUE(carry(host_).empty());
  host_.consumed(chat_channel, used - (quarter - 1));
  const auto frames = carry(host_);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].type, FrameType::credit);
}

TEST_F(ChannelCredit, APeerThatExceedsItIsRefused) {
  const std::string piece(60'000, 'x');
  std::uint64_t seq = 0;
  std::size_t used = 0;
  while (used + piece.size() + data_frame_credit <= initial_credit(ChannelKind::chat)) {
    ASSERT_TRUE(receive_data(host_, ++seq, chat_channel, piece));
    used += piece.size() + data_frame_credit;
  }
  EXPECT_TRUE(breaks_protocol(receive_data(host_, ++seq, chat_channel, piece)));
}

TEST_F(ChannelCredit, IsUsedToItsLastByte) {
  const std::size_t all = initial_credit(ChannelKind::control);
  ASSERT_TRUE(
      receive_data(host_, 1, control_channel, std::string(all / 2 - data_frame_credit, 'x')));
  ASSERT_TRUE(
      receive_data(host_, 2, control_channel, std::string(all / 2 - data_frame_credit, 'x')));
  EXPECT_TRUE(breaks_protocol(receive_data(host_, 3, control_channel, "")));
}

TEST_F(ChannelCredit, BoundsAFloodOfTinyMessages) {
  std::uint64_t seq = 0;
  while (receive_data(host_, ++seq, chat_channel, "")) {
  }
  EXPECT_EQ(seq - 1, initial_credit(ChannelKind::chat) / data_frame_credit);
}

TEST_F(ChannelCredit, BoundsAFloodOfFramesWithoutAnEnd) {
  std::uint64_t seq = 0;
  while (receive_data(host_, ++seq, chat_channel, "", false)) {
  }
  EXPECT_EQ(seq - 1, initial_credit(ChannelKind::chat) / data_frame_credit);
  EXPECT_FALSE(host_.next_event());
}

TEST_F(ChannelCredit, AMessageOverTheLimitIsRefusedBeforeItIsWhole) {
  const std::string piece(60'000, 'x');
  std::uint64_t seq = 0;
  std::size_t partial = 0;
  while (partial + piece.size() <= message_limit(ChannelKind::chat)) {
    ASSERT_TRUE(receive_data(host_, ++seq, chat_channel, piece, false));
    partial += piece.size();
  }
  EXPECT_TRUE(breaks_protocol(receive_data(host_, ++seq, chat_channel, piece, false)));
}

TEST_F(ChannelCredit, UnknownFlagsAreRefused) {
  for (int flags = 2; flags < 256; ++flags) {
    const Bytes rest{static_cast<std::byte>(flags)};
    Session fresh(SessionId(), Side::host);
    EXPECT_TRUE(breaks_protocol(receive(fresh, FrameType::data, 1, chat_channel, rest)));
  }
}

TEST_F(ChannelCredit, MoreThanWasEverUsedIsRefused) {
  const auto credit = [this](Session& at, std::uint64_t seq, std::uint32_t bytes) {
    Bytes amount;
    append_be(amount, bytes);
    return receive(at, FrameType::credit, seq, chat_channel, amount);
  };
  Session fresh(SessionId(), Side::joiner);
  EXPECT_TRUE(breaks_protocol(credit(fresh, 1, 1)));

  joiner_.send(chat_channel, text("12345"));
  carry(joiner_);
  EXPECT_TRUE(credit(joiner_, 1, 5 + data_frame_credit));
  EXPECT_TRUE(breaks_protocol(credit(joiner_, 2, ~0U)));
}

TEST_F(ChannelCredit, ComesBackForWhatWasConsumedLater) {
  std::vector<MessageArrived> held;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 4; ++i) joiner_.send(control_channel, Bytes(3'000));
    exchange();
    while (auto event = host_.next_event()) held.push_back(std::get<MessageArrived>(*event));
    for (const MessageArrived& m : held) host_.consumed(m.channel, m.credit);
    held.clear();
  }
  exchange();
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

// --- opening and closing

TEST_F(ChannelLife, TheOtherSideLearnsKindAndMetadata) {
  const ChannelId file = joiner_.open(ChannelKind::file, text("holiday.jpg"));
  joiner_.send(file, text("pixels"));
  const ChannelId forward = host_.open(ChannelKind::forward, text("web"));
  exchange();
  const auto opened = expect_event<ChannelOpened>(host_);
  EXPECT_EQ(opened.channel, file);
  EXPECT_EQ(opened.kind, ChannelKind::file);
  EXPECT_EQ(as_text(opened.metadata), "holiday.jpg");
  const auto arrived = expect_event<MessageArrived>(host_);
  EXPECT_EQ(arrived.channel, file);
  EXPECT_EQ(as_text(arrived.message), "pixels");
  const auto other = expect_event<ChannelOpened>(joiner_);
  EXPECT_EQ(other.channel, forward);
  EXPECT_EQ(other.kind, ChannelKind::forward);
}

TEST_F(ChannelLife, BothSidesMaySendOnIt) {
  const ChannelId channel = joiner_.open(ChannelKind::forward, {});
  exchange();
  expect_event<ChannelOpened>(host_);
  host_.send(channel, text("answer"));
  exchange();
  EXPECT_EQ(messages(joiner_, channel), std::vector<std::string>{"answer"});
}

TEST_F(ChannelLife, JoinersOpenOddOnesAndHostsEvenOnes) {
  for (ChannelId i = 0; i < 5; ++i) {
    EXPECT_EQ(joiner_.open(ChannelKind::file, {}), 17 + 2 * i);
    EXPECT_EQ(host_.open(ChannelKind::file, {}), 16 + 2 * i);
  }
  exchange();
}

TEST_F(ChannelLife, ClosingComesAfterWhatIsQueued) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  joiner_.send(file, Bytes(300'000));
  joiner_.close(file, 7);
  joiner_.send(file, text("too late"));
  exchange();
  expect_event<ChannelOpened>(host_);
  EXPECT_EQ(expect_event<MessageArrived>(host_).message.size(), 300'000U);
  const auto closed = expect_event<ChannelClosed>(host_);
  EXPECT_EQ(closed.channel, file);
  EXPECT_EQ(closed.reason, 7);
  EXPECT_FALSE(host_.next_event());
}

TEST_F(ChannelLife, TheReceiverMayCloseToo) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  exchange();
  host_.close(file, 3);
  joiner_.send(file, text("on its way"));
  exchange();
  const auto closed = expect_event<ChannelClosed>(joiner_);
  EXPECT_EQ(closed.channel, file);
  EXPECT_EQ(closed.reason, 3);
  EXPECT_TRUE(joiner_.everything_acknowledged());
  joiner_.send(file, text("into nothing"));
  EXPECT_EQ(joiner_.queued_bytes(file), 0U);
}

TEST_F(ChannelLife, BothMayCloseAtOnce) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  exchange();
  joiner_.close(file, 1);
  host_.close(file, 2);
  host_.close(file, 2);
  exchange();
  EXPECT_FALSE(joiner_.next_event());
  expect_event<ChannelOpened>(host_);
  EXPECT_FALSE(host_.next_event());
}

TEST_F(ChannelLife, ClosingDropsWhatTheOtherSideStillWantedToSay) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  for (int i = 0; i < 6; ++i) joiner_.send(file, Bytes(500'000));
  exchange();
  EXPECT_GT(joiner_.queued_bytes(file), 0U);
  host_.close(file, 1);
  exchange();
  EXPECT_TRUE(joiner_.everything_acknowledged());
  EXPECT_EQ(joiner_.queued_bytes(file), 0U);
}

TEST_F(ChannelLife, AResetDropsWhatIsQueued) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  for (int i = 0; i < 6; ++i) joiner_.send(file, Bytes(500'000));
  exchange();
  ASSERT_GT(joiner_.queued_bytes(file), 500'000U);
  joiner_.reset(file, 9);
  joiner_.reset(file, 9);
  EXPECT_EQ(joiner_.queued_bytes(file), 0U);
  exchange();
  expect_event<ChannelOpened>(host_);
  for (int i = 0; i < 4; ++i) {  // as far as the credit goes
    EXPECT_EQ(expect_event<MessageArrived>(host_).message.size(), 500'000U);
  }
  const auto closed = expect_event<ChannelClosed>(host_);
  EXPECT_EQ(closed.channel, file);
  EXPECT_EQ(closed.reason, 9);
}

TEST_F(ChannelLife, AResetDoesNotWaitForWhatACloseWaitsFor) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  for (int i = 0; i < 6; ++i) joiner_.send(file, Bytes(500'000));
  joiner_.close(file, 1);
  exchange();
  ASSERT_GT(joiner_.queued_bytes(file), 0U);
  joiner_.reset(file, 2);
  exchange();
  expect_event<ChannelOpened>(host_);
  for (int i = 0; i < 4; ++i) {  // as far as the credit goes
    EXPECT_EQ(expect_event<MessageArrived>(host_).message.size(), 500'000U);
  }
  EXPECT_EQ(expect_event<ChannelClosed>(host_).reason, 2);
  EXPECT_TRUE(joiner_.everything_acknowledged());
}

TEST_F(ChannelLife, WhoeverFillsAQueueLearnsThatThereIsRoom) {
  const ChannelId first = joiner_.open(ChannelKind::file, {});
  const ChannelId second = joiner_.open(ChannelKind::forward, {});
  std::map<ChannelId, std::size_t> left;
  std::vector<ChannelId> files;
  std::vector<ChannelId> forwards;
  const auto note = [&](std::vector<ChannelId>& whose) {
    return [&](ChannelId id) {
      left[id] = joiner_.queued_bytes(id);
      if (whose.empty() || whose.back() != id) whose.push_back(id);
    };
  };
  joiner_.set_on_framed(ChannelKind::file, note(files));
  joiner_.set_on_framed(ChannelKind::forward, note(forwards));
  joiner_.send(first, Bytes(300'000));
  joiner_.send(second, text("x"));
  joiner_.send(chat_channel, text("words"));
  EXPECT_TRUE(left.empty());
  carry_all(joiner_);
  EXPECT_EQ(left, (std::map<ChannelId, std::size_t>{{first, 0}, {second, 0}}));
  EXPECT_EQ(files, std::vector{first});
  EXPECT_EQ(forwards, std::vector{second});
}

TEST_F(ChannelLife, FramesForAClosedChannelAreNoOffence) {
  const ChannelId file = joiner_.open(ChannelKind::file, {});
  exchange();
  host_.close(file, 1);
  const std::uint64_t seq = host_.last_received();
  EXPECT_TRUE(receive_data(host_, seq + 1, file, "late"));
  Bytes credit;
  append_be<std::uint32_t>(credit, 5);
  EXPECT_TRUE(receive(host_, FrameType::credit, seq + 2, file, credit));
  EXPECT_TRUE(receive(host_, FrameType::close, seq + 3, file, Bytes(1)));
  host_.consumed(file, 100);
}

TEST_F(ChannelLife, FramesForAChannelThatNeverWasAreRefused) {
  for (const ChannelId id : {2U, 15U, 16U, 17U, 99U, ~0U}) {
    Session fresh(SessionId(), Side::host);
    EXPECT_TRUE(breaks_protocol(receive_data(fresh, 1, id, "x"))) << id;
    Session another(SessionId(), Side::host);
    EXPECT_TRUE(breaks_protocol(receive(another, FrameType::close, 1, id, Bytes(1)))) << id;
    Session third(SessionId(), Side::host);
    EXPECT_TRUE(breaks_protocol(receive(third, FrameType::credit, 1, id, Bytes(4)))) << id;
  }
}

TEST_F(ChannelLife, AnIdIsOpenedOnceAndInItsTurn) {
  const Bytes kind{file_kind};
  ASSERT_TRUE(receive(host_, FrameType::open, 1, 17, kind));
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, 2, 17, kind)));
  ASSERT_TRUE(receive(host_, FrameType::close, 3, 17, Bytes(1)));
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, 4, 17, kind)));
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, 5, 21, kind)));
  EXPECT_TRUE(receive(host_, FrameType::open, 6, 19, kind));
}

TEST_F(ChannelLife, AnIdOfTheOtherSidesParityIsRefused) {
  const Bytes kind{file_kind};
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, 1, 16, kind)));
  EXPECT_TRUE(breaks_protocol(receive(joiner_, FrameType::open, 1, 17, kind)));
  EXPECT_TRUE(breaks_protocol(receive(joiner_, FrameType::open, 2, chat_channel, kind)));
}

TEST_F(ChannelLife, OnlyFilesAndForwardsAreOpened) {
  for (int kind = 0; kind < 256; ++kind) {
    Session fresh(SessionId(), Side::host);
    const Bytes rest{static_cast<std::byte>(kind)};
    EXPECT_EQ(receive(fresh, FrameType::open, 1, 17, rest).has_value(), kind == 2 || kind == 3)
        << kind;
  }
}

TEST_F(ChannelLife, ControlAndChatCannotBeClosed) {
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::close, 1, control_channel, Bytes(1))));
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::close, 2, chat_channel, Bytes(1))));
}

TEST_F(ChannelLife, MetadataHasALimit) {
  Bytes rest{file_kind};
  rest.resize(1 + metadata_limit);
  EXPECT_TRUE(receive(host_, FrameType::open, 1, 17, rest));
  rest.push_back(std::byte{0});
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, 2, 19, rest)));
}

TEST_F(ChannelLife, EachSideMayHaveAsManyOpenAsTheLimit) {
  while (joiner_.can_open()) joiner_.open(ChannelKind::file, {});
  while (host_.can_open()) host_.open(ChannelKind::file, {});
  exchange();
  std::size_t opened = 0;
  while (host_.next_event()) ++opened;
  EXPECT_EQ(opened, channels_limit);
}

TEST_F(ChannelLife, AnotherMayBeOpenedOnceOneIsClosed) {
  ChannelId last = 0;
  while (joiner_.can_open()) last = joiner_.open(ChannelKind::file, {});
  exchange();
  joiner_.close(last, 0);
  ASSERT_TRUE(joiner_.can_open());
  joiner_.open(ChannelKind::file, {});
  EXPECT_FALSE(joiner_.can_open());
  exchange();
  host_.close(last - 2, 0);
  exchange();
  EXPECT_TRUE(joiner_.can_open());
}

TEST_F(ChannelLife, MoreThanTheLimitAreRefused) {
  const Bytes kind{file_kind};
  std::uint64_t seq = 0;
  ChannelId id = 17;
  for (std::size_t i = 0; i < channels_limit; ++i, id += 2) {
    ASSERT_TRUE(receive(host_, FrameType::open, ++seq, id, kind));
  }
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, ++seq, id, kind)));
}

TEST_F(ChannelLife, OpeningWithoutReadingWhatIsClosedIsRefused) {
  const Bytes kind{file_kind};
  std::uint64_t seq = 0;
  ChannelId id = 17;
  for (std::size_t i = 0; i < peer_channels_limit; ++i, id += 2) {
    ASSERT_TRUE(receive(host_, FrameType::open, ++seq, id, kind));
    host_.close(id, 0);
  }
  EXPECT_TRUE(breaks_protocol(receive(host_, FrameType::open, ++seq, id, kind)));
}

TEST_F(ChannelLife, AnyNumberMayBeOpenedAndClosedOneAfterTheOther) {
  for (int round = 0; round < 20; ++round) {
    while (joiner_.can_open()) joiner_.open(ChannelKind::file, {});
    carry_all(joiner_);
    while (const auto event = host_.next_event()) {
      if (const auto* opened = std::get_if<ChannelOpened>(&*event)) {
        host_.close(opened->channel, 0);
      }
    }
    // The joiner opens as many again as soon as it has read that they were closed.
    while (!carry(host_).empty()) {
      while (joiner_.can_open()) joiner_.open(ChannelKind::file, {});
      carry(joiner_);
    }
  }
}

}  // namespace
}  // namespace sotto::session
