#include "session/handshake_driver.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <optional>

#include "session/open_driver.h"
#include "support/fake_timer.h"
#include "support/people.h"
#include "support/run_async.h"
#include "support/transport_pair.h"
#include "transport/errors.h"
#include "transport/memory_stream.h"

namespace sotto::session {
namespace {

using transport::ByteStream;
using transport::memory_pair;

// Knows one ref; may take its time.
class OneRef final : public RefLookup {
 public:
  OneRef(const LinkRef& ref, const crypto::SymmetricKey& psk) : ref_(ref), psk_(psk.copy()) {}

  Async<crypto::SymmetricKey> psk_of(const LinkRef& ref) override {
    if (slow != nullptr) co_await slow->sleep_until(slow->now() + delay);
    if (ref != ref_) co_return fail(Errc::handshake, "Unknown.");
    co_return psk_.copy();
  }

  transport::Timer* slow = nullptr;
  milliseconds delay{0};

 private:
  LinkRef ref_;
  crypto::SymmetricKey psk_;
};

class HandshakeDriver : public testing::Test {
 protected:
  SeededEntropy entropy_{1};
  Person host_{entropy_, "Hanna"};
  Person joiner_{entropy_, "Jo"};
  LinkRef ref_ = LinkRef::random(entropy_);
  crypto::SymmetricKey psk_{entropy_};
  OneRef lookup_{ref_, psk_};
  const HostKeys host_keys_{host_.card, host_.identity.static_key};
  OpenDoor* open_door_ = nullptr;

  boost::asio::io_context io_;
  FakeClock clock_{io_};
  FakeTimer host_timer_{clock_};
  FakeTimer joiner_timer_{clock_};
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> pair_ =
      memory_pair(io_.get_executor());
  ByteStream& host_end_ = *pair_.first;
  ByteStream& joiner_end_ = *pair_.second;

  Outcome<Result<AcceptedLink>> accept() {
    return start(
        io_, accept_link(host_end_, host_timer_, host_keys_, lookup_, open_door_, entropy_));
  }
  Outcome<Result<noise::Transport>> connect() {
    return start(io_, connect_link(joiner_end_, joiner_timer_,
                                   joiner_parameters(joiner_, host_, ref_, psk_), entropy_));
  }
  void write(ByteStream& stream, ByteView bytes) {
    EXPECT_TRUE(run(io_, stream.write_all(bytes)));
    settle(io_);
  }
  Bytes hello() {
    return JoinerHandshake(joiner_parameters(joiner_, host_, ref_, psk_), entropy_)
        .start()
        .value();
  }
  // Whether a byte has come to this end.
  bool anything_arrived(ByteStream& stream) {
    Bytes buffer(1);
    const auto reading = start(io_, stream.read_some(buffer));
    const bool arrived = reading.ended();
    stream.close();
    settle(io_);
    return arrived;
  }

  template <class T, class E>
  static void expect_failed(const Outcome<Result<T>>& outcome, E expected) {
    ASSERT_TRUE(outcome.ended());
    ASSERT_FALSE(outcome.value());
    EXPECT_TRUE(outcome.value().error().is(expected)) << outcome.value().error().name();
  }
};

TEST_F(HandshakeDriver, BothSidesEndWithOneLink) {
  const auto accepted = accept();
  const auto connected = connect();
  ASSERT_TRUE(accepted.ended() && connected.ended());
  ASSERT_TRUE(accepted.value() && connected.value());
  EXPECT_EQ(accepted.value()->ref, ref_);
  EXPECT_EQ(accepted.value()->auth.card, joiner_.card);
  EXPECT_EQ(accepted.value()->transport.handshake_hash, connected.value()->handshake_hash);
}

TEST_F(HandshakeDriver, AHostThatSaysNothingIsGivenTenSeconds) {
  const auto connected = connect();
  clock_.advance(milliseconds(9'999));
  EXPECT_FALSE(connected.ended());
  clock_.advance(milliseconds(1));
  expect_failed(connected, transport::Errc::timeout);
}

TEST_F(HandshakeDriver, ASilentJoinerIsGivenTwoSeconds) {
  const auto accepted = accept();
  clock_.advance(milliseconds(1'999));
  EXPECT_FALSE(accepted.ended());
  clock_.advance(milliseconds(1));
  expect_failed(accepted, transport::Errc::timeout);
  EXPECT_FALSE(anything_arrived(joiner_end_));
}

TEST_F(HandshakeDriver, HalfAHelloIsGivenTwoSeconds) {
  const auto accepted = accept();
  write(joiner_end_, ByteView(hello()).first(first_frame_bytes / 2));
  clock_.advance(seconds(2));
  expect_failed(accepted, transport::Errc::timeout);
  EXPECT_FALSE(anything_arrived(joiner_end_));
}

TEST_F(HandshakeDriver, AHelloThatTricklesGetsNoMoreTime) {
  const auto accepted = accept();
  const Bytes bytes = hello();
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_FALSE(accepted.ended());
    write(joiner_end_, ByteView(bytes).subspan(i, 1));
    clock_.advance(milliseconds(100));
  }
  expect_failed(accepted, transport::Errc::timeout);
}

TEST_F(HandshakeDriver, TheWholeIsGivenTenSecondsFromItsBeginning) {
  const auto accepted = accept();
  clock_.advance(milliseconds(1'900));
  write(joiner_end_, hello());
  clock_.advance(milliseconds(8'099));
  EXPECT_FALSE(accepted.ended());
  clock_.advance(milliseconds(1));
  expect_failed(accepted, transport::Errc::timeout);
}

TEST_F(HandshakeDriver, ALookupThatTakesLongCountsToo) {
  lookup_.slow = &host_timer_;
  lookup_.delay = seconds(30);
  const auto accepted = accept();
  const auto connected = connect();
  clock_.advance(seconds(10));
  expect_failed(accepted, transport::Errc::timeout);
  expect_failed(connected, transport::Errc::timeout);
}

TEST_F(HandshakeDriver, ALookupThatTakesAMomentIsWaitedFor) {
  lookup_.slow = &host_timer_;
  lookup_.delay = seconds(3);
  const auto accepted = accept();
  const auto connected = connect();
  clock_.advance(seconds(3));
  ASSERT_TRUE(accepted.ended() && connected.ended());
  EXPECT_TRUE(accepted.value() && connected.value());
}

TEST_F(HandshakeDriver, AnUnknownRefGetsNotAByte) {
  ref_ = LinkRef();
  const auto accepted = accept();
  write(joiner_end_, hello());
  expect_failed(accepted, Errc::handshake);
  EXPECT_FALSE(anything_arrived(joiner_end_));
}

TEST_F(HandshakeDriver, GarbageGetsNotAByte) {
  const auto accepted = accept();
  write(joiner_end_, Bytes(first_frame_bytes, std::byte{'G'}));
  expect_failed(accepted, Errc::handshake);
  EXPECT_FALSE(anything_arrived(joiner_end_));
}

TEST_F(HandshakeDriver, AHostThatClosesWithoutAWordIsExplained) {
  const auto connected = connect();
  host_end_.close();
  settle(io_);
  expect_failed(connected, Errc::handshake);
  EXPECT_NE(connected.value().error().text().find("without a word"), std::string::npos);
}

TEST_F(HandshakeDriver, AJoinerThatClosesIsLost) {
  const auto accepted = accept();
  write(joiner_end_, hello());
  joiner_end_.close();
  settle(io_);
  expect_failed(accepted, transport::Errc::lost);
}

TEST_F(HandshakeDriver, AWrongPskFailsAtTheHost) {
  const auto accepted = accept();
  psk_ = crypto::SymmetricKey(entropy_);
  const auto connected = connect();
  ASSERT_TRUE(connected.ended());
  EXPECT_TRUE(connected.value());
  expect_failed(accepted, Errc::handshake);
}

TEST_F(HandshakeDriver, AnAnswerOfSomeoneElseFailsAtTheJoiner) {
  const auto connected = connect();
  write(host_end_, Bytes(handshake_frame_bytes, std::byte{2}));
  expect_failed(connected, Errc::handshake);
}

// --- the first record

class ReceptionTest : public HandshakeDriver {
 protected:
  std::pair<noise::Transport, noise::Transport> ends_ = transport_pair();
  Link joiner_link_{std::move(ends_.first), clock_.now()};
  Link host_link_{std::move(ends_.second), clock_.now()};

  Outcome<Result<Reception>> receive() {
    return start(io_, read_reception(joiner_end_, joiner_timer_, joiner_link_));
  }
  void say(wire::FrameType type, ByteView body) {
    host_link_.send(type, body);
    write(host_end_, host_link_.produce(nullptr, clock_.now()).value());
  }
  wire::Welcome welcome() {
    return {.session_id = SessionId::random(entropy_),
            .resumed = true,
            .last_received = 12,
            .room_id = RoomId::random(entropy_),
            .room_name = "kitchen",
            .access = std::nullopt};
  }
};

TEST_F(ReceptionTest, AWelcomeIsRead) {
  const auto reception = receive();
  const wire::Welcome sent = welcome();
  say(wire::FrameType::welcome, wire::encode(sent).view());
  ASSERT_TRUE(reception.ended() && reception.value());
  const auto& read = std::get<wire::Welcome>(*reception.value());
  EXPECT_EQ(read.session_id, sent.session_id);
  EXPECT_TRUE(read.resumed);
  EXPECT_EQ(read.last_received, 12U);
}

TEST_F(ReceptionTest, ARefusalIsReadWithItsReason) {
  const auto reception = receive();
  say(wire::FrameType::refused, wire::encode(wire::RefusedReason::invite_burnt));
  ASSERT_TRUE(reception.ended() && reception.value());
  EXPECT_EQ(std::get<wire::RefusedReason>(*reception.value()),
            wire::RefusedReason::invite_burnt);
}

TEST_F(ReceptionTest, FramesBehindTheWelcomeStayForTheSession) {
  host_link_.send(wire::FrameType::welcome, wire::encode(welcome()).view());
  host_link_.send(wire::FrameType::ack, Bytes(8));
  const auto reception = receive();
  write(host_end_, host_link_.produce(nullptr, clock_.now()).value());
  ASSERT_TRUE(reception.ended() && reception.value());
  EXPECT_EQ(joiner_link_.next_frame().value()->type, wire::FrameType::ack);
}

TEST_F(ReceptionTest, AnythingElseBreaksTheProtocol) {
  const auto reception = receive();
  say(wire::FrameType::ack, Bytes(8));
  expect_failed(reception, Errc::protocol);
}

TEST_F(ReceptionTest, AMalformedWelcomeIsAnError) {
  const auto reception = receive();
  say(wire::FrameType::welcome, as_bytes("no welcome"));
  ASSERT_TRUE(reception.ended());
  EXPECT_FALSE(reception.value());
}

TEST_F(ReceptionTest, AGoodbyeInsteadIsAnError) {
  const auto reception = receive();
  host_link_.say_goodbye(wire::GoodbyeReason::room_closed);
  write(host_end_, host_link_.produce(nullptr, clock_.now()).value());
  expect_failed(reception, Errc::left);
}

TEST_F(ReceptionTest, AHostThatClosesIsALostLink) {
  const auto reception = receive();
  host_end_.close();
  settle(io_);
  expect_failed(reception, Errc::link_lost);
}

TEST_F(ReceptionTest, AHostThatSaysNothingIsGivenTenSeconds) {
  const auto reception = receive();
  clock_.advance(milliseconds(9'999));
  EXPECT_FALSE(reception.ended());
  clock_.advance(milliseconds(1));
  expect_failed(reception, transport::Errc::timeout);
}

}  // namespace
}  // namespace sotto::session
