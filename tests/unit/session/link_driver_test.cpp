#include "session/link_driver.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_timer.h"
#include "support/run_async.h"
#include "support/transport_pair.h"
#include "transport/errors.h"
#include "transport/memory_stream.h"
#include "wire/handshake.h"

namespace sotto::session {
namespace {

using transport::ByteStream;
using wire::GoodbyeReason;

constexpr std::size_t socket_bytes = 1 << 14;
constexpr milliseconds farewell{500};  // that a goodbye waits for the other side to close

// A stream that brings at most `bytes_a_second`.
class SlowStream final : public ByteStream {
 public:
  SlowStream(std::unique_ptr<ByteStream> stream, transport::Timer& timer,
             std::size_t bytes_a_second)
      : stream_(std::move(stream)), timer_(timer), chunk_(bytes_a_second / 10) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    co_await timer_.sleep_until(timer_.now() + milliseconds(100));
    co_return co_await stream_->read_some(out.first(std::min(out.size(), chunk_)));
  }
  Async<void> write_all(ByteView data) override { return stream_->write_all(data); }
  void close() noexcept override { stream_->close(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  transport::Timer& timer_;
  std::size_t chunk_;
};

// One side of a link: a session, a link that carries it, and its stream.
struct End {
  End(boost::asio::io_context& io, FakeClock& clock, Side side, noise::Transport transport,
      std::unique_ptr<ByteStream> its_stream)
      : io_context(io),
        timer(clock),
        stream(std::move(its_stream)),
        link(std::move(transport), clock.now()),
        session(SessionId(), side) {
    EXPECT_TRUE(session.attach(1, 0));
    session.set_wake([this] { timer.wake(); });
  }

  Outcome<Result<void>> run() {
    auto take_events = [this] {
      while (auto event = session.next_event()) {
        if (const auto* m = std::get_if<MessageArrived>(&*event)) {
          received.push_back(to_string(m->message));
          session.consumed(m->channel, m->credit);
        }
      }
    };
    return start(io_context, run_link(*stream, link, session, 1, timer, take_events));
  }

  void say(std::string_view words) {
    session.send(chat_channel, to_bytes(words));
    settle(io_context);
  }

  void leave(GoodbyeReason reason = GoodbyeReason::leaving) {
    link.say_goodbye(reason);
    timer.wake();
    settle(io_context);
  }

  boost::asio::io_context& io_context;
  FakeTimer timer;
  std::unique_ptr<ByteStream> stream;
  Link link;
  Session session;
  std::vector<std::string> received;
};

class LinkDriver : public testing::Test {
 protected:
  boost::asio::io_context io_;
  FakeClock clock_{io_};
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> streams_ =
      transport::memory_pair(io_.get_executor(), socket_bytes);
  std::pair<noise::Transport, noise::Transport> keys_ = transport_pair();
  End joiner_{io_, clock_, Side::joiner, std::move(keys_.first), std::move(streams_.first)};
  End host_{io_, clock_, Side::host, std::move(keys_.second), std::move(streams_.second)};

  template <class E>
  static void expect_ended(const Outcome<Result<void>>& outcome, E expected) {
    ASSERT_TRUE(outcome.ended());
    ASSERT_FALSE(outcome.value());
    EXPECT_TRUE(outcome.value().error().is(expected)) << outcome.value().error().name();
  }
  static void expect_success(const Outcome<Result<void>>& outcome) {
    ASSERT_TRUE(outcome.ended());
    EXPECT_TRUE(outcome.value());
  }
  bool is_closed(ByteStream& stream) {
    const auto written = run(io_, stream.write_all(as_bytes("x")));
    return !written && written.error().is(transport::Errc::closed);
  }
};

TEST_F(LinkDriver, CarriesMessagesBothWays) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  joiner_.say("hello");
  host_.say("hello yourself");
  joiner_.say("how are you");
  EXPECT_EQ(host_.received, (std::vector<std::string>{"hello", "how are you"}));
  EXPECT_EQ(joiner_.received, std::vector<std::string>{"hello yourself"});
  clock_.advance(ack_delay);
  EXPECT_TRUE(joiner_.session.everything_acknowledged());
  EXPECT_TRUE(host_.session.everything_acknowledged());
  EXPECT_FALSE(joiner.ended() || host.ended());
}

TEST_F(LinkDriver, CarriesMoreThanEveryBufferHolds) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  const std::string large(message_limit(ChannelKind::chat), 'x');
  for (int i = 0; i < 10; ++i) joiner_.say(large);
  clock_.advance(seconds(1));
  EXPECT_EQ(host_.received, std::vector<std::string>(10, large));
  EXPECT_TRUE(joiner_.session.everything_acknowledged());
}

TEST_F(LinkDriver, AnIdleLinkLivesOnPings) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  clock_.advance(seconds(3'600));
  EXPECT_FALSE(joiner.ended() || host.ended());
  EXPECT_TRUE(joiner_.link.round_trip() || host_.link.round_trip());
}

TEST_F(LinkDriver, AGoodbyeEndsBothSides) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  joiner_.leave();
  expect_success(joiner);
  expect_ended(host, Errc::left);
  EXPECT_EQ(host_.link.peer_goodbye(), GoodbyeReason::leaving);
  EXPECT_TRUE(is_closed(*joiner_.stream));
  EXPECT_TRUE(is_closed(*host_.stream));
}

TEST_F(LinkDriver, WhatWasSaidBeforeTheGoodbyeArrives) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  joiner_.session.send(chat_channel, to_bytes("last words"));
  joiner_.leave(GoodbyeReason::room_closed);
  expect_ended(host, Errc::left);
  EXPECT_EQ(host_.received, std::vector<std::string>{"last words"});
  EXPECT_EQ(host_.link.peer_goodbye(), GoodbyeReason::room_closed);
}

TEST_F(LinkDriver, BothMaySayGoodbyeAtOnce) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  joiner_.link.say_goodbye(GoodbyeReason::leaving);
  host_.link.say_goodbye(GoodbyeReason::leaving);
  joiner_.timer.wake();
  host_.timer.wake();
  clock_.advance(farewell);
  EXPECT_TRUE(joiner.ended());
  EXPECT_TRUE(host.ended());
}

TEST_F(LinkDriver, AGoodbyeIsGivenAMomentToBeHeard) {
  const auto joiner = joiner_.run();
  joiner_.leave();
  clock_.advance(farewell - milliseconds(1));
  EXPECT_FALSE(joiner.ended());
  clock_.advance(milliseconds(1));
  expect_success(joiner);
  EXPECT_TRUE(is_closed(*joiner_.stream));
}

TEST_F(LinkDriver, AClosedStreamIsALostLink) {
  const auto joiner = joiner_.run();
  host_.stream->close();
  settle(io_);
  expect_ended(joiner, Errc::link_lost);
  EXPECT_TRUE(is_closed(*joiner_.stream));
}

TEST_F(LinkDriver, APeerThatAnswersNoPingIsLost) {
  const auto joiner = joiner_.run();
  clock_.advance(milliseconds(99'999));
  EXPECT_FALSE(joiner.ended());
  clock_.advance(milliseconds(1));
  expect_ended(joiner, Errc::link_lost);
}

TEST_F(LinkDriver, APeerThatDoesNotAcknowledgeIsLostAfterSixAndAHalfSeconds) {
  const auto joiner = joiner_.run();
  clock_.advance(seconds(10));
  joiner_.say("anybody?");
  clock_.advance(milliseconds(6'499));
  EXPECT_FALSE(joiner.ended());
  clock_.advance(milliseconds(1));
  expect_ended(joiner, Errc::link_lost);
}

TEST_F(LinkDriver, APeerThatNeverReadsIsLostAfterSixAndAHalfSeconds) {
  const auto joiner = joiner_.run();
  clock_.advance(seconds(3));
  joiner_.say(std::string(100'000, 'x'));
  clock_.advance(milliseconds(6'499));
  EXPECT_FALSE(joiner.ended());
  clock_.advance(milliseconds(1));
  expect_ended(joiner, Errc::link_lost);
}

TEST_F(LinkDriver, APeerThatTalksButNeverReadsIsLostWhenARecordTakesTooLong) {
  const auto joiner = joiner_.run();
  joiner_.say(std::string(100'000, 'x'));
  const milliseconds limit = joiner_.link.timing().record_within();
  for (milliseconds t(0); t < limit; t += seconds(5)) {
    EXPECT_FALSE(joiner.ended());
    host_.session.send(chat_channel, to_bytes("blah"));
    const auto record = host_.link.produce(&host_.session, clock_.now());
    EXPECT_TRUE(run(io_, host_.stream->write_all(record.value())));
    clock_.advance(seconds(5));
  }
  expect_ended(joiner, Errc::link_lost);
}

TEST_F(LinkDriver, ASlowRouteIsNotALostOne) {
  const auto joiner = joiner_.run();
  host_.stream = std::make_unique<SlowStream>(std::move(host_.stream), host_.timer, 4'000);
  const auto host = host_.run();
  const std::string large(200'000, 'x');
  joiner_.say(large);
  joiner_.say("and then");
  clock_.advance(seconds(90));
  EXPECT_FALSE(joiner.ended() || host.ended());
  EXPECT_EQ(host_.received, (std::vector<std::string>{large, "and then"}));
}

TEST_F(LinkDriver, AChangedRecordIsALostLink) {
  const auto joiner = joiner_.run();
  host_.session.send(chat_channel, to_bytes("hello"));
  Bytes record = to_bytes(host_.link.produce(&host_.session, clock_.now()).value());
  record[77] ^= std::byte{1};
  EXPECT_TRUE(run(io_, host_.stream->write_all(record)));
  settle(io_);
  expect_ended(joiner, Errc::link_lost);
  EXPECT_TRUE(joiner_.received.empty());
}

TEST_F(LinkDriver, APeerThatBreaksTheProtocolIsToldAndLeft) {
  const auto joiner = joiner_.run();
  host_.link.send(wire::FrameType::refused, {});
  const auto record = host_.link.produce(nullptr, clock_.now());
  EXPECT_TRUE(run(io_, host_.stream->write_all(record.value())));
  settle(io_);
  const auto host = host_.run();
  expect_ended(joiner, Errc::protocol);
  expect_ended(host, Errc::left);
  EXPECT_EQ(host_.link.peer_goodbye(), GoodbyeReason::protocol_error);
}

TEST_F(LinkDriver, APeerThatBreaksTheProtocolIsToldAfterTheRecordThatIsHalfWritten) {
  const auto joiner = joiner_.run();
  joiner_.say(std::string(100'000, 'x'));
  host_.link.send(wire::FrameType::refused, {});
  const auto record = host_.link.produce(nullptr, clock_.now());
  EXPECT_TRUE(run(io_, host_.stream->write_all(record.value())));
  clock_.advance(seconds(1));
  const auto host = host_.run();
  expect_ended(joiner, Errc::protocol);
  expect_ended(host, Errc::left);
  EXPECT_EQ(host_.link.peer_goodbye(), GoodbyeReason::protocol_error);
}

TEST_F(LinkDriver, APeerThatBreaksTheProtocolAndReadsNothingIsLeftAllTheSame) {
  const auto joiner = joiner_.run();
  joiner_.say(std::string(100'000, 'x'));
  host_.link.send(wire::FrameType::refused, {});
  const auto record = host_.link.produce(nullptr, clock_.now());
  EXPECT_TRUE(run(io_, host_.stream->write_all(record.value())));
  clock_.advance(milliseconds(1'999));
  EXPECT_FALSE(joiner.ended());
  clock_.advance(milliseconds(1));
  expect_ended(joiner, Errc::protocol);
  EXPECT_TRUE(is_closed(*joiner_.stream));
}

TEST_F(LinkDriver, AReplacedLinkSaysGoodbyeAndEnds) {
  const auto joiner = joiner_.run();
  const auto host = host_.run();
  ASSERT_TRUE(joiner_.session.attach(2, 0));
  settle(io_);
  expect_success(joiner);
  expect_ended(host, Errc::left);
  EXPECT_EQ(host_.link.peer_goodbye(), GoodbyeReason::replaced);
}

TEST_F(LinkDriver, AReplacedLinkSendsNothingOfTheSession) {
  const auto host = host_.run();
  joiner_.session.send(chat_channel, to_bytes("for the new link"));
  ASSERT_TRUE(joiner_.session.attach(2, 0));
  const auto joiner = joiner_.run();
  expect_success(joiner);
  EXPECT_TRUE(host_.received.empty());
}

// --- a link without a session

TEST_F(LinkDriver, FinishingSaysWhatWasLeftToSayAndCloses) {
  host_.link.send(wire::FrameType::refused, wire::encode(wire::RefusedReason::room_full));
  host_.link.say_goodbye(GoodbyeReason::leaving);
  const auto finished = start(io_, finish_link(*host_.stream, host_.link, host_.timer));
  const MutableBytes space = joiner_.link.space();
  const auto n = run(io_, joiner_.stream->read_some(space));
  ASSERT_TRUE(n);
  joiner_.stream->close();
  settle(io_);
  expect_success(finished);
  EXPECT_TRUE(is_closed(*host_.stream));
  joiner_.link.filled(*n, clock_.now());
  const auto frame = joiner_.link.next_frame();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->type, wire::FrameType::refused);
  EXPECT_TRUE(joiner_.link.next_frame().error().is(Errc::left));
}

TEST_F(LinkDriver, FinishingWaitsForTwoSecondsOnlyToBeHeard) {
  EXPECT_TRUE(run(io_, host_.stream->write_all(Bytes(socket_bytes))));
  host_.link.say_goodbye(GoodbyeReason::leaving);
  const auto finished = start(io_, finish_link(*host_.stream, host_.link, host_.timer));
  clock_.advance(milliseconds(1'999) + farewell);
  EXPECT_FALSE(finished.ended());
  clock_.advance(milliseconds(1));
  expect_success(finished);
  EXPECT_TRUE(is_closed(*host_.stream));
}

}  // namespace
}  // namespace sotto::session
