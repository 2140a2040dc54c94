// The two sides of an open room over a stream, and what its host does with what else may come.
#include "session/open_driver.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <optional>

#include "session/handshake_frame.h"
#include "session/password_exchange.h"
#include "support/fake_timer.h"
#include "support/people.h"
#include "support/run_async.h"
#include "transport/errors.h"
#include "transport/memory_stream.h"

namespace sotto::session {
namespace {

using transport::ByteStream;
using transport::memory_pair;

class NoRefs final : public RefLookup {
 public:
  Async<crypto::SymmetricKey> psk_of(const LinkRef&) override {
    co_return fail(Errc::handshake, "Unknown.");
  }
};

class OpenDriver : public testing::Test {
 protected:
  SeededEntropy entropy_{1};
  Person host_{entropy_, "Hanna"};
  Person joiner_{entropy_, "Jo"};
  Person stranger_{entropy_, "Eve"};
  NoRefs refs_;
  const Secret password_{as_bytes("correct horse")};
  const Secret other_{as_bytes("battery staple")};
  std::optional<OpenDoor> door_;

  boost::asio::io_context io_;
  FakeClock clock_{io_};
  FakeTimer host_timer_{clock_};
  FakeTimer joiner_timer_{clock_};
  std::unique_ptr<ByteStream> host_end_;
  std::unique_ptr<ByteStream> joiner_end_;

  void SetUp() override { new_connection(); }

  void new_connection() {
    auto pair = memory_pair(io_.get_executor());
    host_end_ = std::move(pair.first);
    joiner_end_ = std::move(pair.second);
  }
  void open() { door_.emplace(std::nullopt); }
  void open_with_password() { door_.emplace(password_.copy()); }

  Outcome<Result<AcceptedLink>> accept_as(const Person& host) {
    const HostKeys keys{host.card, host.identity.static_key};
    return start(io_, serve(keys));
  }
  // As the room does: whatever ends the handshake ends the connection.
  Async<AcceptedLink> serve(HostKeys keys) {
    auto accepted = co_await accept_link(*host_end_, host_timer_, keys, refs_,
                                         door_ ? &*door_ : nullptr, entropy_);
    if (!accepted) host_end_->close();
    co_return accepted;
  }
  Outcome<Result<AcceptedLink>> accept() { return accept_as(host_); }
  Outcome<Result<crypto::Card>> peek(const Secret* password = nullptr) {
    return start(io_, peek_link(*joiner_end_, joiner_timer_, password, entropy_));
  }
  Outcome<Result<noise::Transport>> connect(const crypto::Card& to,
                                            const Secret* password = nullptr) {
    OpenJoinerParameters parameters{
        .psk = std::nullopt,
        .host = to,
        .static_key = joiner_.identity.static_key.copy(),
        .auth = {.card = joiner_.card, .purpose = wire::Purpose::send, .resume = std::nullopt}};
    return start(io_, connect_open_link(*joiner_end_, joiner_timer_, std::move(parameters),
                                        password, entropy_));
  }
  // What comes back for `bytes`, until the host closes or waits for more.
  Bytes answer_to(ByteView bytes) {
    auto accepted = accept();
    EXPECT_TRUE(run(io_, joiner_end_->write_all(bytes)));
    settle(io_);
    Bytes all;
    Bytes buffer(4096);
    const auto reading = start(io_, joiner_end_->read_some(buffer));
    settle(io_);
    if (reading.ended() && reading.value()) {
      append(all, ByteView(buffer).first(*reading.value()));
    }
    joiner_end_->close();
    settle(io_);
    clock_.advance(direct_pace.handshake);
    return all;
  }

  template <class T, class E>
  static void expect_failed(const Outcome<Result<T>>& outcome, E expected) {
    ASSERT_TRUE(outcome.ended());
    ASSERT_FALSE(outcome.value());
    EXPECT_TRUE(outcome.value().error().is(expected)) << outcome.value().error().name();
  }
};

TEST_F(OpenDriver, APeekReadsTheCardAndTheHostLearnsNothing) {
  open();
  const auto accepted = accept();
  const auto card = peek();
  ASSERT_TRUE(card.ended() && card.value());
  EXPECT_EQ(*card.value(), host_.card);
  expect_failed(accepted, transport::Errc::lost);
}

TEST_F(OpenDriver, AConfirmedHostLetsAStrangerIn) {
  open();
  const auto accepted = accept();
  const auto connected = connect(host_.card);
  ASSERT_TRUE(accepted.ended() && connected.ended());
  ASSERT_TRUE(accepted.value() && connected.value());
  EXPECT_FALSE(accepted.value()->ref);
  EXPECT_EQ(accepted.value()->auth.card, joiner_.card);
  EXPECT_EQ(accepted.value()->auth.purpose, wire::Purpose::send);
  EXPECT_EQ(accepted.value()->transport.handshake_hash, connected.value()->handshake_hash);
}

TEST_F(OpenDriver, AHostThatWasSwappedSinceThePeekIsToldNothing) {
  open();
  const auto accepted = accept_as(stranger_);
  const auto connected = connect(host_.card);
  expect_failed(connected, Errc::other_card);
  joiner_end_->close();
  settle(io_);
  expect_failed(accepted, transport::Errc::lost);  // waited for a message 3 that never came
}

TEST_F(OpenDriver, ThePasswordLetsIn) {
  open_with_password();
  auto accepted = accept();
  const auto card = peek(&password_);
  ASSERT_TRUE(card.ended() && card.value());
  EXPECT_EQ(*card.value(), host_.card);
  new_connection();
  accepted = accept();
  const auto connected = connect(host_.card, &password_);
  ASSERT_TRUE(accepted.ended() && connected.ended());
  ASSERT_TRUE(accepted.value() && connected.value());
  EXPECT_EQ(accepted.value()->auth.card, joiner_.card);
}

TEST_F(OpenDriver, AWrongPasswordIsToldAsOneOnBothSides) {
  open_with_password();
  const auto accepted = accept();
  const auto card = peek(&other_);
  expect_failed(accepted, Errc::wrong_password);
  expect_failed(card, Errc::wrong_password);
}

TEST_F(OpenDriver, WrongPasswordsCloseTheDoorToRightOnesForAWhile) {
  open_with_password();
  for (unsigned i = 0; i < PasswordBackoff::free_tries; ++i) {
    const auto accepted = accept();
    expect_failed(peek(&other_), Errc::wrong_password);
    expect_failed(accepted, Errc::wrong_password);
    new_connection();
  }
  {
    const auto accepted = accept();
    expect_failed(peek(&password_), Errc::wrong_password);  // "takes no more tries for now"
    expect_failed(accepted, Errc::handshake);
    new_connection();
  }
  clock_.advance(PasswordBackoff::first_pause);
  const auto accepted = accept();
  const auto card = peek(&password_);
  ASSERT_TRUE(card.ended());
  EXPECT_TRUE(card.value());
}

TEST_F(OpenDriver, RightPasswordsNeverCloseTheDoor) {
  open_with_password();
  for (int i = 0; i < 20; ++i) {
    const auto accepted = accept();
    const auto card = peek(&password_);
    ASSERT_TRUE(card.ended() && card.value()) << i;
    new_connection();
  }
}

TEST_F(OpenDriver, AnExchangeThatIsBrokenOffCountsAsWrong) {
  open_with_password();
  for (unsigned i = 0; i < PasswordBackoff::free_tries; ++i) {
    EXPECT_EQ(answer_to(PasswordJoiner(password_, entropy_).start()).size(),
              handshake_frame_bytes);
    new_connection();
  }
  EXPECT_TRUE(door_->tries().begin(clock_.now()));
  EXPECT_FALSE(door_->tries().begin(clock_.now()));
}

TEST_F(OpenDriver, AClosedRoomSaysNotAByteToStrangers) {
  EXPECT_TRUE(answer_to(OpenPeek(std::nullopt, entropy_).start()).empty());
  new_connection();
  EXPECT_TRUE(answer_to(PasswordJoiner(password_, entropy_).start()).empty());
}

TEST_F(OpenDriver, ARoomWithoutAPasswordSaysNotAByteToOneWhoHasOne) {
  open();
  EXPECT_TRUE(answer_to(PasswordJoiner(password_, entropy_).start()).empty());
  new_connection();
  EXPECT_EQ(answer_to(OpenPeek(std::nullopt, entropy_).start()).size(), handshake_frame_bytes);
}

TEST_F(OpenDriver, ARoomWithAPasswordSaysNotAByteToOneWhoHasNone) {
  open_with_password();
  EXPECT_TRUE(answer_to(OpenPeek(std::nullopt, entropy_).start()).empty());
  new_connection();
  EXPECT_EQ(answer_to(PasswordJoiner(password_, entropy_).start()).size(),
            handshake_frame_bytes);
}

TEST_F(OpenDriver, NoBeginningButTheThreePatternsIsAnswered) {
  open();
  const Bytes good = OpenPeek(std::nullopt, entropy_).start();
  for (int value = 0; value < 256; ++value) {
    if (value == static_cast<int>(LinkPattern::xx)) continue;
    Bytes other = good;
    other[1] = static_cast<std::byte>(value);
    EXPECT_TRUE(answer_to(other).empty()) << value;
    new_connection();
  }
}

TEST_F(OpenDriver, AHostThatClosesIsExplainedWithoutAndWithAPassword) {
  auto card = peek();
  host_end_->close();
  settle(io_);
  expect_failed(card, Errc::not_open);
  new_connection();
  card = peek(&password_);
  host_end_->close();
  settle(io_);
  expect_failed(card, Errc::wrong_password);
}

TEST_F(OpenDriver, AHostThatSaysNothingIsGivenTenSeconds) {
  const auto card = peek();
  clock_.advance(milliseconds(9'999));
  EXPECT_FALSE(card.ended());
  clock_.advance(milliseconds(1));
  expect_failed(card, transport::Errc::timeout);
}

TEST_F(OpenDriver, AStrangerWhoStopsIsGivenTenSeconds) {
  open();
  const auto accepted = accept();
  EXPECT_TRUE(run(io_, joiner_end_->write_all(OpenPeek(std::nullopt, entropy_).start())));
  settle(io_);
  clock_.advance(milliseconds(9'999));
  EXPECT_FALSE(accepted.ended());
  clock_.advance(milliseconds(1));
  expect_failed(accepted, transport::Errc::timeout);
}

TEST_F(OpenDriver, AReplayedConnectionEndsAtMessageThree) {
  open();
  // What a joiner has sent, all of it, once more to the same host.
  OpenJoinerHandshake joiner(
      {.psk = std::nullopt,
       .host = host_.card,
       .static_key = joiner_.identity.static_key.copy(),
       .auth = {.card = joiner_.card, .purpose = wire::Purpose::send, .resume = std::nullopt}},
      entropy_);
  OpenHostHandshake host(host_.card, host_.identity.static_key, std::nullopt, entropy_);
  Bytes sent = joiner.start();
  append(sent, joiner.answer(host.answer(sent).value()).value());
  const auto accepted = accept();
  EXPECT_TRUE(run(io_, joiner_end_->write_all(sent)));
  settle(io_);
  expect_failed(accepted, Errc::handshake);
}

}  // namespace
}  // namespace sotto::session
