#include "session/link.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "base/big_endian.h"
#include "support/transport_pair.h"

namespace sotto::session {
namespace {

using wire::FrameType;
using wire::GoodbyeReason;

// A session in name only: what it says is what the test sets.
struct FakeSource final : FrameSource {
  std::vector<Bytes> to_send;  // bodies of data frames
  std::optional<SteadyTime> waits_since;
  std::optional<SteadyTime> due;

  void fill(RecordSealer& record, SteadyTime) override {
    while (!to_send.empty() && record.room() >= to_send.front().size()) {
      const Bytes& body = to_send.front();
      std::ranges::copy(body, record.add(FrameType::data, body.size()).begin());
      to_send.erase(to_send.begin());
    }
  }
  std::optional<SteadyTime> unacknowledged_since() const override { return waits_since; }
  std::optional<SteadyTime> next_deadline() const override { return due; }
};

class LinkTest : public testing::Test {
 protected:
  SteadyTime now_ = SteadyTime(seconds(1'000));
  const SteadyTime start_ = now_;
  std::pair<noise::Transport, noise::Transport> ends_ = transport_pair();
  Link here_{std::move(ends_.first), now_};
  Link there_{std::move(ends_.second), now_};
  FakeSource source_;  // of here_

  static void take(Link& link, ByteView bytes, SteadyTime now) {
    while (!bytes.empty()) {
      const MutableBytes space = link.space();
      const std::size_t n = std::min(space.size(), bytes.size());
      std::ranges::copy(bytes.first(n), space.begin());
      link.filled(n, now);
      bytes = bytes.subspan(n);
    }
  }

  // One record from `from` to `to`; false when `from` has nothing to say.
  bool carry(Link& from, Link& to, FrameSource* source = nullptr) {
    const ByteView record = from.produce(source, now_).value();
    take(to, record, now_);
    return !record.empty();
  }

  // The frames that `link` hands out, up to where it needs more bytes.
  static Result<std::vector<FrameType>> frames(Link& link) {
    std::vector<FrameType> types;
    while (true) {
      const auto frame = link.next_frame();
      if (!frame) return std::unexpected(frame.error());
      if (!*frame) return types;
      types.push_back((*frame)->type);
    }
  }

  void at(milliseconds since_start) { now_ = start_ + since_start; }
};

using LinkPing = LinkTest;
using LinkSilence = LinkTest;
using LinkGoodbye = LinkTest;
using LinkFrames = LinkTest;

// --- frames

TEST_F(LinkFrames, ALinkWithNothingToSayProducesNothing) {
  EXPECT_FALSE(carry(here_, there_));
  EXPECT_TRUE(frames(there_).value().empty());
}

TEST_F(LinkFrames, WhatTheSourceHasArrivesInItsOrder) {
  for (std::uint8_t i = 0; i < 3; ++i) {
    source_.to_send.push_back(Bytes(20, std::byte{i}));
  }
  ASSERT_TRUE(carry(here_, there_, &source_));
  for (std::uint8_t i = 0; i < 3; ++i) {
    const auto frame = there_.next_frame().value();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->type, FrameType::data);
    EXPECT_EQ(to_bytes(frame->body), Bytes(20, std::byte{i}));
  }
  EXPECT_FALSE(there_.next_frame().value());
}

TEST_F(LinkFrames, AWelcomeGoesInFrontOfTheSession) {
  source_.to_send.push_back(Bytes(20));
  here_.send(FrameType::welcome, as_bytes("hello"));
  ASSERT_TRUE(carry(here_, there_, &source_));
  EXPECT_EQ(frames(there_).value(), (std::vector{FrameType::welcome, FrameType::data}));
}

TEST_F(LinkFrames, LinkFramesAreNotHandedOut) {
  at(seconds(25));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  ASSERT_TRUE(carry(here_, there_));
  EXPECT_TRUE(frames(there_).value().empty());
}

TEST_F(LinkFrames, AFrameThatIsMalformedBreaksTheProtocol) {
  RecordSealer sealer(std::move(transport_pair().first.send));
  sealer.add(static_cast<FrameType>(99), 3);
  take(there_, sealer.seal().value(), now_);
  const auto frame = there_.next_frame();
  ASSERT_FALSE(frame);
  EXPECT_TRUE(frame.error().is(Errc::protocol));
}

TEST_F(LinkFrames, FramesBeforeAMalformedOneStillCount) {
  RecordSealer sealer(std::move(transport_pair().first.send));
  sealer.add(FrameType::welcome, 3);
  sealer.add(static_cast<FrameType>(99), 3);
  take(there_, sealer.seal().value(), now_);
  EXPECT_EQ(there_.next_frame().value()->type, FrameType::welcome);
  EXPECT_FALSE(there_.next_frame());
}

TEST_F(LinkFrames, ARecordThatIsNotAuthenticLosesTheLink) {
  Bytes record = to_bytes([this] {
    here_.send(FrameType::welcome, as_bytes("hello"));
    return here_.produce(nullptr, now_).value();
  }());
  record[100] ^= std::byte{1};
  take(there_, record, now_);
  const auto frame = there_.next_frame();
  ASSERT_FALSE(frame);
  EXPECT_TRUE(frame.error().is(Errc::link_lost));
}

TEST_F(LinkFrames, BothEndsHaveTheHandshakeHash) {
  EXPECT_EQ(here_.handshake_hash(), there_.handshake_hash());
}

// --- pings

TEST_F(LinkPing, ComesAfter25SecondsOfSilenceAndNotBefore) {
  EXPECT_EQ(here_.deadline(nullptr), start_ + seconds(25));
  at(milliseconds(24'999));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  EXPECT_FALSE(carry(here_, there_));
  at(seconds(25));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  EXPECT_TRUE(carry(here_, there_));
  EXPECT_FALSE(carry(here_, there_));
}

TEST_F(LinkPing, IsPutOffByWhateverIsHeard) {
  at(seconds(20));
  there_.send(FrameType::welcome, {});
  ASSERT_TRUE(carry(there_, here_));
  ASSERT_TRUE(frames(here_));
  EXPECT_EQ(here_.deadline(nullptr), start_ + seconds(45));
}

TEST_F(LinkPing, IsAnsweredAndTheRoundTripMeasured) {
  EXPECT_FALSE(here_.round_trip());
  at(seconds(25));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  ASSERT_TRUE(carry(here_, there_));
  ASSERT_TRUE(frames(there_));
  at(seconds(25) + milliseconds(120));
  ASSERT_TRUE(carry(there_, here_));
  ASSERT_TRUE(frames(here_));
  EXPECT_EQ(here_.round_trip(), milliseconds(120));
  EXPECT_EQ(here_.deadline(nullptr), now_ + seconds(25));
}

TEST_F(LinkPing, APongForAnotherPingMeasuresNothing) {
  at(seconds(25));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  here_.produce(nullptr, now_).value();
  RecordSealer sealer(std::move(transport_pair().second.send));
  store_be<std::uint64_t>(sealer.add(FrameType::pong, 8), 12345);
  take(here_, sealer.seal().value(), now_);
  ASSERT_TRUE(frames(here_));
  EXPECT_FALSE(here_.round_trip());
}

TEST_F(LinkPing, WhoeverLooksHasItMeasuredWhenTheFigureIsOld) {
  constexpr milliseconds age{10'000};
  at(seconds(1));
  EXPECT_TRUE(here_.measure(now_, age));
  ASSERT_TRUE(carry(here_, there_));
  EXPECT_FALSE(here_.measure(now_, age));  // one is under way
  EXPECT_FALSE(carry(here_, there_));
  ASSERT_TRUE(frames(there_));
  at(milliseconds(1'070));
  ASSERT_TRUE(carry(there_, here_));
  ASSERT_TRUE(frames(here_));
  EXPECT_EQ(here_.round_trip(), milliseconds(70));
  at(milliseconds(11'069));
  EXPECT_FALSE(here_.measure(now_, age));
  at(milliseconds(11'070));
  EXPECT_TRUE(here_.measure(now_, age));
  EXPECT_TRUE(carry(here_, there_));
}

TEST_F(LinkPing, ThreeWithoutAnAnswerAreALostLink) {
  for (const int second : {25, 50, 75}) {
    EXPECT_EQ(here_.deadline(nullptr), start_ + seconds(second));
    at(seconds(second));
    ASSERT_TRUE(here_.on_time(nullptr, now_));
    EXPECT_FALSE(here_.produce(nullptr, now_)->empty());
  }
  at(milliseconds(99'999));
  ASSERT_TRUE(here_.on_time(nullptr, now_));
  at(seconds(100));
  const auto alive = here_.on_time(nullptr, now_);
  ASSERT_FALSE(alive);
  EXPECT_TRUE(alive.error().is(Errc::link_lost));
}

TEST_F(LinkPing, AnAnswerToTheLastOneSavesTheLink) {
  for (const int second : {25, 50, 75}) {
    at(seconds(second));
    ASSERT_TRUE(here_.on_time(nullptr, now_));
    ASSERT_TRUE(carry(here_, there_));
  }
  ASSERT_TRUE(frames(there_));
  at(seconds(99));
  ASSERT_TRUE(carry(there_, here_));
  ASSERT_TRUE(frames(here_));
  at(seconds(100));
  EXPECT_TRUE(here_.on_time(nullptr, now_));
}

TEST_F(LinkPing, AClockThatJumpsGivesThePeerTimeToAnswer) {
  at(seconds(10'000));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(here_.on_time(nullptr, now_));
  ASSERT_TRUE(carry(here_, there_));
  EXPECT_FALSE(carry(here_, there_));
  EXPECT_EQ(here_.deadline(nullptr), now_ + seconds(25));
  ASSERT_TRUE(frames(there_));
  ASSERT_TRUE(carry(there_, here_));
  EXPECT_TRUE(frames(here_));
}

TEST_F(LinkPing, AFloodIsAnsweredOnce) {
  RecordSealer sealer(std::move(transport_pair().first.send));
  for (std::uint64_t i = 0; i < 1'000; ++i) store_be(sealer.add(FrameType::ping, 8), i);
  take(there_, sealer.seal().value(), now_);
  ASSERT_TRUE(frames(there_));
  EXPECT_EQ(there_.produce(nullptr, now_)->size(), 514U);
  EXPECT_TRUE(there_.produce(nullptr, now_)->empty());
}

// --- silence while something is unacknowledged

TEST_F(LinkSilence, IsALostLinkAfterSixAndAHalfSeconds) {
  at(seconds(10));
  source_.waits_since = now_;
  EXPECT_EQ(here_.deadline(&source_), start_ + milliseconds(16'500));
  at(milliseconds(16'499));
  EXPECT_TRUE(here_.on_time(&source_, now_));
  at(milliseconds(16'500));
  const auto alive = here_.on_time(&source_, now_);
  ASSERT_FALSE(alive);
  EXPECT_TRUE(alive.error().is(Errc::link_lost));
}

TEST_F(LinkSilence, CountsFromTheLastByteHeard) {
  source_.waits_since = start_;
  at(seconds(4));
  there_.send(FrameType::welcome, {});
  ASSERT_TRUE(carry(there_, here_));
  ASSERT_TRUE(frames(here_));
  EXPECT_EQ(here_.deadline(&source_), start_ + milliseconds(10'500));
}

TEST_F(LinkSilence, MaySayNothingForLongWhenNothingWaits) {
  at(milliseconds(24'999));
  EXPECT_TRUE(here_.on_time(&source_, now_));
  EXPECT_EQ(here_.deadline(&source_), start_ + seconds(25));
}

TEST_F(LinkSilence, IsAllowedLongerOverAnOnion) {
  Link onion(std::move(transport_pair(2).first), start_, {.lost_after = seconds(30)});
  source_.waits_since = start_;
  at(milliseconds(29'999));
  EXPECT_TRUE(onion.on_time(&source_, now_));
  at(seconds(30));
  EXPECT_FALSE(onion.on_time(&source_, now_));
}

TEST_F(LinkSilence, TheSourcesOwnDeadlineIsTheLinks) {
  source_.due = start_ + milliseconds(50);
  EXPECT_EQ(here_.deadline(&source_), start_ + milliseconds(50));
}

// --- records that take long

class LinkSlow : public LinkTest {
 protected:
  Bytes record_ = [this] {
    source_.to_send.push_back(Bytes(60'000));
    return to_bytes(here_.produce(&source_, now_).value());
  }();
  std::size_t arrived_ = 0;

  void arrive(std::size_t bytes) {
    take(there_, ByteView(record_).subspan(arrived_, bytes), now_);
    arrived_ += bytes;
    ASSERT_TRUE(frames(there_));
  }
};

TEST_F(LinkSlow, WhileOneTricklesInTheReceiverShowsThatItLives) {
  const milliseconds sign_after = there_.timing().sign_after();
  at(milliseconds(1));
  arrive(1'000);
  EXPECT_EQ(there_.deadline(nullptr), now_ + sign_after);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  EXPECT_FALSE(carry(there_, here_));

  at(milliseconds(1) + sign_after);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  ASSERT_TRUE(carry(there_, here_));
  EXPECT_TRUE(frames(here_).value().empty());
  EXPECT_FALSE(here_.round_trip());
  EXPECT_EQ(here_.last_heard(), now_);
}

TEST_F(LinkSlow, EachSignIsEarnedByBytesThatCameSince) {
  const milliseconds sign_after = there_.timing().sign_after();
  at(milliseconds(1));
  arrive(1'000);
  at(2 * sign_after);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  ASSERT_TRUE(carry(there_, here_));
  at(4 * sign_after);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  EXPECT_FALSE(carry(there_, here_));
  arrive(1);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  EXPECT_TRUE(carry(there_, here_));
}

TEST_F(LinkSlow, OneThatComesAtOnceNeedsNoSign) {
  at(seconds(20));
  arrive(30'000);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  arrive(record_.size() - 30'000);
  ASSERT_TRUE(there_.on_time(nullptr, now_));
  EXPECT_FALSE(carry(there_, here_));
}

TEST_F(LinkSlow, OneThatNeverEndsIsALostLink) {
  const milliseconds step(1'000);
  for (milliseconds t(0); t < there_.timing().record_within(); t += step) {
    at(t);
    arrive(100);
    ASSERT_TRUE(there_.on_time(nullptr, now_));
    there_.produce(nullptr, now_).value();
  }
  at(there_.timing().record_within());
  arrive(100);
  const auto alive = there_.on_time(nullptr, now_);
  ASSERT_FALSE(alive);
  EXPECT_TRUE(alive.error().is(Errc::link_lost));
}

TEST_F(LinkSlow, TheTimeStartsAnewWithEachRecord) {
  at(seconds(60));
  arrive(record_.size());
  source_.to_send.push_back(Bytes(60'000));
  const Bytes next = to_bytes(here_.produce(&source_, now_).value());
  take(there_, ByteView(next).first(10), now_);
  ASSERT_TRUE(frames(there_));
  at(seconds(60) + there_.timing().record_within() - milliseconds(1));
  EXPECT_TRUE(there_.on_time(nullptr, now_));
}

// --- goodbyes

TEST_F(LinkGoodbye, EndsTheLinkForThePeerWithItsReason) {
  for (const GoodbyeReason reason :
       {GoodbyeReason::leaving, GoodbyeReason::replaced, GoodbyeReason::protocol_error,
        GoodbyeReason::room_closed}) {
    auto [one, two] = transport_pair();
    Link leaving(std::move(one), now_);
    Link staying(std::move(two), now_);
    leaving.say_goodbye(reason);
    EXPECT_FALSE(leaving.said_goodbye());
    ASSERT_TRUE(carry(leaving, staying));
    EXPECT_TRUE(leaving.said_goodbye());
    const auto frame = staying.next_frame();
    ASSERT_FALSE(frame);
    EXPECT_TRUE(frame.error().is(Errc::left));
    EXPECT_EQ(staying.peer_goodbye(), reason);
  }
}

TEST_F(LinkGoodbye, IsTheLastThingSaid) {
  here_.say_goodbye(GoodbyeReason::leaving);
  ASSERT_TRUE(carry(here_, there_));
  here_.say_goodbye(GoodbyeReason::protocol_error);
  source_.to_send.push_back(Bytes(20));
  EXPECT_FALSE(carry(here_, there_, &source_));
}

TEST_F(LinkGoodbye, ComesAfterWhatTheSourceHasForTheSameRecord) {
  source_.to_send.push_back(Bytes(20));
  here_.say_goodbye(GoodbyeReason::leaving);
  ASSERT_TRUE(carry(here_, there_, &source_));
  EXPECT_EQ(there_.next_frame().value()->type, FrameType::data);
  EXPECT_TRUE(there_.next_frame().error().is(Errc::left));
}

TEST_F(LinkGoodbye, WaitsForTheNextRecordWhenThereIsNoRoom) {
  source_.to_send.push_back(Bytes(record_payload_limit - wire::frame_header_bytes));
  here_.say_goodbye(GoodbyeReason::leaving);
  ASSERT_TRUE(carry(here_, there_, &source_));
  EXPECT_FALSE(here_.said_goodbye());
  EXPECT_EQ(frames(there_).value(), std::vector{FrameType::data});
  ASSERT_TRUE(carry(here_, there_, &source_));
  EXPECT_TRUE(here_.said_goodbye());
  EXPECT_TRUE(there_.next_frame().error().is(Errc::left));
}

TEST_F(LinkGoodbye, BothMaySayItAtOnce) {
  here_.say_goodbye(GoodbyeReason::leaving);
  there_.say_goodbye(GoodbyeReason::room_closed);
  ASSERT_TRUE(carry(here_, there_));
  ASSERT_TRUE(carry(there_, here_));
  EXPECT_TRUE(here_.next_frame().error().is(Errc::left));
  EXPECT_TRUE(there_.next_frame().error().is(Errc::left));
  EXPECT_EQ(here_.peer_goodbye(), GoodbyeReason::room_closed);
  EXPECT_EQ(there_.peer_goodbye(), GoodbyeReason::leaving);
}

TEST_F(LinkGoodbye, FramesStillArriveAfterOurs) {
  here_.say_goodbye(GoodbyeReason::leaving);
  ASSERT_TRUE(carry(here_, there_));
  there_.send(FrameType::welcome, {});
  ASSERT_TRUE(carry(there_, here_));
  EXPECT_EQ(frames(here_).value(), std::vector{FrameType::welcome});
}

}  // namespace
}  // namespace sotto::session
