#include "node/relay_desk.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include "support/fake_relay.h"
#include "support/results.h"
#include "support/run_real.h"

namespace sotto::node {
namespace {

wire::RelayPut put_of(int number) {
  wire::RelayPut put{Bytes(wire::record_blob_bytes)};
  put.blob[0] = static_cast<std::byte>(number);
  return put;
}

class RelayDeskTest : public testing::Test {
 protected:
  std::shared_ptr<RelayDesk> desk(RelayTiming timing = {}) {
    return std::make_shared<RelayDesk>(io_.get_executor(), relay_.place({}, timing));
  }
  Result<RelayAnswer> ask(RelayDesk& desk, int number) {
    return finish(io_, desk.ask(put_of(number)));
  }

  boost::asio::io_context io_;
  FakeRelay relay_{io_};
};

TEST_F(RelayDeskTest, ConnectsWhenItIsAskedAndKeepsTheConnection) {
  const auto one = desk();
  EXPECT_EQ(relay_.dialed, 0);
  EXPECT_TRUE(ask(*one, 1));
  EXPECT_TRUE(ask(*one, 2));
  EXPECT_EQ(relay_.dialed, 1);
}

TEST_F(RelayDeskTest, AsksInTheOrderInWhichItWasAsked) {
  const auto one = desk();
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    auto asking = one->ask(put_of(i));
    auto count = [&, i](const std::exception_ptr&, const Result<RelayAnswer>& answer) {
      EXPECT_TRUE(answer);
      EXPECT_EQ(answered++, i);
    };
    boost::asio::co_spawn(io_, std::move(asking), std::move(count));
  }
  EXPECT_TRUE(ask(*one, 20));
  EXPECT_EQ(answered, 20);
  EXPECT_EQ(relay_.dialed, 1);
  for (int i = 0; i <= 20; ++i) {
    const auto& put =
        std::get<wire::RelayPut>(relay_.heard[static_cast<std::size_t>(i)].action);
    EXPECT_EQ(put.blob[0], static_cast<std::byte>(i));
  }
}

TEST_F(RelayDeskTest, AsksAgainWhereAKeptConnectionHasGone) {
  const auto one = desk();
  EXPECT_TRUE(ask(*one, 1));
  relay_.callers[0]->stream->close();
  EXPECT_TRUE(ask(*one, 2));
  EXPECT_EQ(relay_.dialed, 2);
  // A new connection that breaks is not tried for ever.
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.stream->close();
  };
  EXPECT_EQ(error_of(ask(*one, 3)), "relay.lost");
  EXPECT_EQ(relay_.dialed, 3);
  EXPECT_EQ(error_of(ask(*one, 4)), "relay.lost");
  EXPECT_EQ(relay_.dialed, 4);
}

TEST_F(RelayDeskTest, LeavesALiarAndOneThatSaysNothing) {
  const auto one = desk({milliseconds(50), milliseconds(50), milliseconds(50)});
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    if (request.number == 1) caller.say(wire::RelayReply{9, wire::RelayDone{}});
  };
  EXPECT_EQ(error_of(ask(*one, 1)), "relay.protocol");
  EXPECT_EQ(error_of(ask(*one, 2)), "relay.protocol");
  EXPECT_EQ(relay_.dialed, 2);
  relay_.on_request = [](FakeRelay::Caller&, const wire::RelayRequest&) {};
  EXPECT_EQ(error_of(ask(*one, 3)), "relay.silent");
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayDone{});
  };
  EXPECT_TRUE(ask(*one, 4));
  EXPECT_EQ(relay_.heard.back().number, 1U);
}

TEST_F(RelayDeskTest, EndsItsConnectionWhenNothingIsAsked) {
  const auto one = desk({milliseconds(50), milliseconds(50), milliseconds(1)});
  EXPECT_TRUE(ask(*one, 1));
  auto ended = relay_.callers[0]->stream->read_message();  // beside the relay's own read
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_FALSE(finish(io_, std::move(ended)));
  EXPECT_TRUE(ask(*one, 2));
  EXPECT_EQ(relay_.dialed, 2);
}

TEST_F(RelayDeskTest, WhoGivesUpLeavesTheNextTheirTurn) {
  const auto one = desk();
  relay_.on_request = [](FakeRelay::Caller&, const wire::RelayRequest&) {};
  auto asking = one->ask(put_of(1));
  boost::asio::cancellation_signal give_up;
  bool ended = false;
  auto note = [&](const std::exception_ptr&, const Result<RelayAnswer>&) { ended = true; };
  boost::asio::co_spawn(io_, std::move(asking),
                        boost::asio::bind_cancellation_slot(give_up.slot(), std::move(note)));
  io_.restart();
  io_.poll();
  ASSERT_EQ(relay_.heard.size(), 1U);
  give_up.emit(boost::asio::cancellation_type::terminal);
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayDone{});
  };
  EXPECT_TRUE(ask(*one, 2));
  EXPECT_TRUE(ended);
  EXPECT_EQ(relay_.dialed, 2);  // the first connection owes an answer that nobody wants
}

}  // namespace
}  // namespace sotto::node
