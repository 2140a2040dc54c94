#include "room/forward.h"

#include "unit/session/session_pair.h"

namespace sotto::room {
namespace {

using session::ChannelKind;
using wire::ForwardRefusal;

// Remembers what it is told; keeps the credit of what arrives.
struct Ears final : ForwardListener {
  bool on_wanted(StreamId stream, const std::string& service) override {
    wanted.emplace_back(stream, service);
    return is_exposed;
  }
  void on_data(StreamId, Bytes message, std::size_t credit) override {
    data += as_text(ByteView(message).subspan(wire::forward_data_header));
    owed += credit;
  }
  void on_end(StreamId stream) override { ended.push_back(stream); }
  void on_room(StreamId) override { ++rooms; }
  void on_refused(StreamId stream, ForwardRefusal reason) override {
    refused.emplace_back(stream, reason);
  }
  void on_reset(StreamId stream) override { reset.push_back(stream); }

  bool is_exposed = true;
  std::vector<std::pair<StreamId, std::string>> wanted;
  std::string data;
  std::size_t owed = 0;
  std::size_t rooms = 0;
  std::vector<StreamId> ended;
  std::vector<std::pair<StreamId, ForwardRefusal>> refused;
  std::vector<StreamId> reset;
};

using Refusals = std::vector<std::pair<StreamId, ForwardRefusal>>;
using Ids = std::vector<StreamId>;

class ForwardTest : public session::SessionPair {
 protected:
  // Until neither side has anything to say or to hear.
  void settle() {
    bool moved = true;
    while (std::exchange(moved, false)) {
      exchange();
      while (auto event = host_.next_event()) {
        at_host_.on_event(std::move(*event));
        moved = true;
      }
      while (auto event = joiner_.next_event()) {
        at_member_.on_event(std::move(*event));
        moved = true;
      }
    }
  }

  // An open stream; both sides have answered.
  StreamId open(const std::string& service = "web") {
    const StreamId id = at_member_.open(service);
    settle();
    at_host_.accept(id);
    settle();
    return id;
  }

  static Bytes message(std::string_view text) {
    return wire::encode(wire::ForwardFrame(wire::ForwardData{as_bytes(text)}));
  }
  static Bytes message(const wire::ForwardFrame& frame) { return wire::encode(frame); }

  Ears member_;
  Ears host_ears_;
  Forwards at_member_{joiner_, member_, {}};
  Forwards at_host_{host_, host_ears_, {true, {"web", "ssh"}}};
};

// --- what goes well

TEST_F(ForwardTest, BytesGoBothWays) {
  const StreamId id = open();
  ASSERT_EQ(host_ears_.wanted.size(), 1U);
  EXPECT_EQ(host_ears_.wanted[0].second, "web");
  at_member_.write(id, message("question"));
  at_host_.write(id, message("answer"));
  settle();
  EXPECT_EQ(host_ears_.data, "question");
  EXPECT_EQ(member_.data, "answer");
}

TEST_F(ForwardTest, AMemberMaySpeakBeforeTheHostHasAnswered) {
  const StreamId id = at_member_.open("web");
  at_member_.write(id, message("early"));
  at_member_.end(id);
  settle();
  EXPECT_EQ(host_ears_.data, "early");
  EXPECT_EQ(host_ears_.ended, Ids{id});
  at_host_.accept(id);
  at_host_.write(id, message("late"));
  settle();
  EXPECT_EQ(member_.data, "late");
}

TEST_F(ForwardTest, TheEndOfOneDirectionLeavesTheOther) {
  const StreamId id = open();
  at_member_.end(id);
  settle();
  EXPECT_EQ(host_ears_.ended, Ids{id});
  at_host_.write(id, message("still here"));
  at_host_.end(id);
  settle();
  EXPECT_EQ(member_.data, "still here");
  EXPECT_EQ(member_.ended, Ids{id});
  EXPECT_TRUE(member_.reset.empty() && host_ears_.reset.empty());
}

TEST_F(ForwardTest, TheHostFreesTheChannelOnceEverythingIsWritten) {
  while (at_member_.can_open()) at_member_.open("web");
  settle();
  const StreamId id = host_ears_.wanted[0].first;
  at_host_.accept(id);
  settle();
  at_member_.end(id);
  at_host_.end(id);
  settle();
  at_member_.finish(id);
  settle();
  EXPECT_FALSE(at_member_.can_open());
  at_host_.finish(id);
  settle();
  EXPECT_TRUE(at_member_.can_open());
  EXPECT_TRUE(member_.reset.empty() && host_ears_.reset.empty());
}

TEST_F(ForwardTest, WhoeverFillsTheQueueIsToldWhenThereIsRoom) {
  const StreamId id = open();
  const Bytes full = message(std::string(forward_message_bytes - 1, 'x'));
  std::size_t written = 0;
  while (at_member_.has_room(id)) {
    at_member_.write(id, full);
    written += full.size() - 1;
  }
  EXPECT_LE(written, forward_queue_limit + forward_message_bytes);
  settle();
  EXPECT_GE(member_.rooms, written / forward_message_bytes);
  EXPECT_TRUE(at_member_.has_room(id));
  EXPECT_EQ(host_ears_.data.size(), written);
}

TEST_F(ForwardTest, WhatIsNotWrittenStopsTheSender) {
  const StreamId id = open();
  const Bytes full = message(std::string(forward_message_bytes - 1, 'x'));
  for (int i = 0; i < 100; ++i) {
    if (at_member_.has_room(id)) at_member_.write(id, full);
    settle();
  }
  EXPECT_FALSE(at_member_.has_room(id));
  EXPECT_LE(host_ears_.data.size(), session::initial_credit(ChannelKind::forward));
  at_host_.written(id, std::exchange(host_ears_.owed, 0));
  settle();
  EXPECT_TRUE(at_member_.has_room(id));
}

TEST_F(ForwardTest, AFullMessageFillsARecord) {
  const StreamId id = open();
  at_member_.write(id, message(std::string(forward_message_bytes - 1, 'x')));
  const auto frames = carry(joiner_);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].body_bytes, forward_message_bytes + 1);
  EXPECT_TRUE(carry(joiner_).empty());
}

// --- refusals

TEST_F(ForwardTest, WhatIsNotAllowedAndWhatIsNotThereAreAnsweredTheSame) {
  const StreamId forbidden = at_member_.open("secret");
  const auto say_at_host = [this] {
    std::vector<std::pair<wire::FrameType, std::size_t>> said;
    while (auto event = host_.next_event()) at_host_.on_event(std::move(*event));
    for (const auto& frame : carry(host_)) said.emplace_back(frame.type, frame.body_bytes);
    return said;
  };
  carry_all(joiner_);
  const auto first = say_at_host();
  EXPECT_TRUE(host_ears_.wanted.empty());
  host_ears_.is_exposed = false;
  const StreamId missing = at_member_.open("ssh");
  carry_all(joiner_);
  EXPECT_EQ(say_at_host(), first);
  EXPECT_EQ(host_ears_.wanted.size(), 1U);
  settle();
  EXPECT_EQ(member_.refused, (Refusals{{forbidden, ForwardRefusal::unavailable},
                                       {missing, ForwardRefusal::unavailable}}));
}

TEST_F(ForwardTest, AServiceThatDoesNotAnswerIsSaidToBeSo) {
  const StreamId id = at_member_.open("web");
  settle();
  at_host_.refuse(id, ForwardRefusal::unreachable);
  settle();
  EXPECT_EQ(member_.refused, (Refusals{{id, ForwardRefusal::unreachable}}));
  EXPECT_TRUE(member_.reset.empty());
  at_host_.refuse(id, ForwardRefusal::busy);
  at_host_.accept(id);
  settle();
  EXPECT_EQ(member_.refused.size(), 1U);
}

TEST_F(ForwardTest, AHostThatKnowsNoForwardsRefusesThemToo) {
  const StreamId id = at_member_.open("web");
  exchange();
  expect_event<session::ChannelOpened>(host_);
  host_.close(id, 0);
  settle();
  EXPECT_EQ(member_.refused, (Refusals{{id, ForwardRefusal::unavailable}}));
}

TEST_F(ForwardTest, MetadataThatMakesNoSenseIsRefused) {
  const StreamId id = joiner_.open(ChannelKind::forward, to_bytes("?"));
  settle();
  EXPECT_TRUE(host_ears_.wanted.empty());
  EXPECT_TRUE(joiner_.can_open());
  EXPECT_EQ(joiner_.queued_bytes(id), 0U);
}

TEST_F(ForwardTest, FilesAndWhatAHostOpensAreClosed) {
  joiner_.open(ChannelKind::file, {});
  host_.open(ChannelKind::forward, wire::encode(wire::ForwardOpen{"web"}));
  settle();
  EXPECT_TRUE(host_ears_.wanted.empty() && member_.wanted.empty());
  EXPECT_TRUE(joiner_.everything_acknowledged() && host_.everything_acknowledged());
}

// --- resets

TEST_F(ForwardTest, AResetEndsBothDirectionsAtOnce) {
  const StreamId id = open();
  for (int i = 0; i < 40; ++i) at_member_.write(id, message(std::string(60'000, 'x')));
  settle();
  at_member_.reset(id);
  settle();
  EXPECT_EQ(host_ears_.reset, Ids{id});
  EXPECT_TRUE(joiner_.everything_acknowledged());
  at_host_.write(id, message("into nothing"));
  at_host_.end(id);
  at_host_.finish(id);
  at_host_.reset(id);
  settle();
  EXPECT_TRUE(member_.data.empty() && member_.reset.empty());
}

TEST_F(ForwardTest, TheHostMayResetToo) {
  const StreamId id = open();
  at_host_.reset(id);
  settle();
  EXPECT_EQ(member_.reset, Ids{id});
}

TEST_F(ForwardTest, WhoHangsUpBeforeTheAnswerWaitsForIt) {
  const StreamId id = at_member_.open("web");
  at_member_.reset(id);
  settle();
  EXPECT_TRUE(host_ears_.reset.empty());
  at_host_.accept(id);
  at_host_.write(id, message("hello?"));
  settle();
  EXPECT_EQ(host_ears_.reset, Ids{id});
  EXPECT_TRUE(member_.data.empty() && member_.reset.empty());

  const StreamId other = at_member_.open("web");
  at_member_.reset(other);
  settle();
  at_host_.refuse(other, ForwardRefusal::unreachable);
  settle();
  EXPECT_TRUE(member_.refused.empty());
}

TEST_F(ForwardTest, OnlySoManyWaitForAnAnswerHoweverManyHangUp) {
  std::size_t opened = 0;
  for (; at_member_.can_open() && opened < 1'000; ++opened) {
    at_member_.reset(at_member_.open("web"));
  }
  EXPECT_EQ(opened, session::channels_limit);
}

// Programs that connect and hang up as fast as they can are no offence.
TEST_F(ForwardTest, AnyNumberMayComeAndGo) {
  for (int round = 0; round < 50; ++round) {
    while (at_member_.can_open()) at_member_.open("web");
    while (!carry(joiner_).empty()) {
    }
    while (auto event = host_.next_event()) at_host_.on_event(std::move(*event));
    for (const auto& [id, service] : std::exchange(host_ears_.wanted, {})) {
      at_host_.accept(id);
      if (id % 4 == 1) at_host_.reset(id);
    }
    while (!carry(host_).empty()) {
      while (auto event = joiner_.next_event()) {
        const auto* arrived = std::get_if<session::MessageArrived>(&*event);
        const StreamId id = arrived == nullptr ? 0 : arrived->channel;
        at_member_.on_event(std::move(*event));
        if (id == 0) continue;
        at_member_.reset(id);
        at_member_.open("web");
        carry(joiner_);
      }
    }
  }
}

TEST_F(ForwardTest, WhatBreaksTheRulesOfAStreamResetsThatStreamAlone) {
  const StreamId other = open("ssh");
  const auto breaks = [&](session::Session& from, const Bytes& said) {
    const StreamId id = open();
    from.send(id, said);
    settle();
    const bool broken = (&from == &joiner_ ? host_ears_ : member_).reset == Ids{id};
    EXPECT_EQ(host_ears_.reset, Ids{id});
    EXPECT_EQ(member_.reset, Ids{id});
    member_.reset.clear();
    host_ears_.reset.clear();
    return broken;
  };
  EXPECT_TRUE(breaks(joiner_, {}));
  EXPECT_TRUE(breaks(joiner_, to_bytes("\x07")));
  EXPECT_TRUE(breaks(joiner_, message(wire::ForwardOpened())));
  EXPECT_TRUE(breaks(joiner_, message(wire::ForwardRefused())));
  EXPECT_TRUE(breaks(host_, message(wire::ForwardOpened())));
  EXPECT_TRUE(breaks(host_, message(wire::ForwardRefused())));

  at_member_.write(other, message("goes on"));
  settle();
  EXPECT_EQ(host_ears_.data, "goes on");
}

TEST_F(ForwardTest, NothingComesAfterAnEnd) {
  for (const Bytes& said : {message("more"), message(wire::ForwardEnd())}) {
    const StreamId id = open();
    at_member_.end(id);
    joiner_.send(id, said);
    settle();
    EXPECT_EQ(host_ears_.reset, Ids{id});
    host_ears_.reset.clear();
  }
  EXPECT_TRUE(host_ears_.data.empty());
}

TEST_F(ForwardTest, AHostSaysNothingBeforeItsAnswer) {
  const StreamId id = at_member_.open("web");
  settle();
  host_.send(id, message("too early"));
  settle();
  EXPECT_EQ(member_.reset, Ids{id});
  EXPECT_TRUE(member_.data.empty());
}

TEST_F(ForwardTest, EmptyDataSaysNothingAndIsGivenBack) {
  const StreamId id = open();
  for (int i = 0; i < 20'000; ++i) at_member_.write(id, message(""));
  settle();
  EXPECT_TRUE(joiner_.everything_acknowledged());
  EXPECT_EQ(host_ears_.owed, 0U);
}

TEST_F(ForwardTest, ItsEndIsTheEndOfItsStreams) {
  Ears ears;
  session::ChannelId id = 0;
  {
    Forwards other(joiner_, ears, {});
    id = other.open("web");
    settle();
  }
  settle();
  EXPECT_EQ(host_ears_.reset, Ids{id});
}

}  // namespace
}  // namespace sotto::room
