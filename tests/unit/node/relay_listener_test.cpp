#include "node/relay_listener.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "node/relay_errors.h"
#include "support/fake_relay.h"
#include "support/results.h"
#include "support/run_real.h"

namespace sotto::node {
namespace {

class RelayListenerTest : public testing::Test {
 protected:
  RelayListenerTest() {
    for (int i = 0; i < 3; ++i) relays_.push_back(std::make_unique<FakeRelay>(io_));
    for (auto& relay : relays_) relay->on_request = as_relays_do();
  }

  // Splices whoever takes, and hands what it is asked to a test.
  FakeRelay::OnRequest as_relays_do() {
    return [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
      if (!wire::verify(request, caller.binding)) {
        caller.answer(request, wire::RelayRefused{wire::RelayRefusal::signature});
      } else if (std::holds_alternative<wire::RelayTake>(request.action)) {
        caller.answer(request, wire::RelaySpliced{});
      } else {
        caller.answer(request, wire::RelayDone{});
      }
    };
  }

  std::unique_ptr<RelayListener> listen(std::size_t count) {
    RelayListener::Parameters parameters;
    parameters.first_retry = milliseconds(1);
    parameters.longest_retry = longest_retry_;
    for (std::size_t i = 0; i < count; ++i) {
      RelayPlace place = relays_[i]->place({}, quick_);
      place.name = "relay" + std::to_string(i) + ".test:443";
      parameters.relays.push_back(
          {std::move(place), crypto::Ed25519KeyPair::generate(entropy_)});
    }
    parameters.on_change = [this](const RelayStatus& status) { changes_.push_back(status); };
    return std::make_unique<RelayListener>(io_.get_executor(), std::move(parameters));
  }
  Result<void> held(RelayListener& listener) { return finish(io_, listener.held()); }

  static std::vector<std::string> holding(const RelayListener& listener) {
    std::vector<std::string> out;
    for (const RelayStatus& one : listener.status()) {
      if (one.held) out.push_back(one.address);
    }
    return out;
  }
  // Runs until `condition` holds.
  bool comes(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    io_.restart();
    while (!condition() && io_.run_one_until(limit) > 0) {
    }
    return condition();
  }
  static Error gone() { return Error(transport::Errc::unreachable, "Nobody is there."); }

  boost::asio::io_context io_;
  SeededEntropy entropy_{3};
  RelayTiming quick_{milliseconds(5'000), milliseconds(5'000), milliseconds(50)};
  std::vector<std::unique_ptr<FakeRelay>> relays_;
  std::vector<RelayStatus> changes_;
  milliseconds longest_retry_{20};
};

TEST_F(RelayListenerTest, HoldsTheFirstTwoOfItsList) {
  const auto listener = listen(3);
  ASSERT_TRUE(held(*listener));
  EXPECT_EQ(holding(*listener),
            (std::vector<std::string>{"relay0.test:443", "relay1.test:443"}));
  EXPECT_EQ(relays_[2]->dialed, 0);
  const RelayStatus first = listener->status()[0];
  EXPECT_TRUE(first.since && first.latency && !first.trouble);
}

TEST_F(RelayListenerTest, UsesAnotherWhereOneCannotBeUsed) {
  relays_[0]->unreachable = gone();
  const auto listener = listen(3);
  ASSERT_TRUE(held(*listener));
  EXPECT_TRUE(comes([&] { return holding(*listener).size() == 2; }));
  EXPECT_EQ(holding(*listener),
            (std::vector<std::string>{"relay1.test:443", "relay2.test:443"}));
  EXPECT_EQ(error_of(Result<void>(std::unexpected(*listener->status()[0].trouble))),
            "route.unreachable");
}

TEST_F(RelayListenerTest, WithNoneThatWorksSaysWhyOfEach) {
  relays_[0]->unreachable = gone();
  relays_[1]->on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayRefused{wire::RelayRefusal::draining});
  };
  const auto listener = listen(2);
  const auto none = held(*listener);
  EXPECT_EQ(error_of(none), "relay.none");
  EXPECT_NE(none.error().text().find("relay0.test:443: Nobody is there."), std::string::npos);
  EXPECT_NE(none.error().text().find("about to stop"), std::string::npos);
  // And it goes on trying.
  relays_[0]->unreachable.reset();
  EXPECT_TRUE(comes([&] { return !holding(*listener).empty(); }));
}

TEST_F(RelayListenerTest, TakesASlotAgainOrAnotherRelaysWhenOneIsLost) {
  const auto listener = listen(3);
  ASSERT_TRUE(held(*listener));
  changes_.clear();
  relays_[0]->unreachable = gone();
  relays_[0]->callers[0]->stream->close();
  EXPECT_TRUE(comes([&] {
    return holding(*listener) == std::vector<std::string>{"relay1.test:443", "relay2.test:443"};
  }));
  ASSERT_GE(changes_.size(), 2U);
  EXPECT_EQ(changes_[0].address, "relay0.test:443");
  EXPECT_FALSE(changes_[0].held);
  EXPECT_TRUE(changes_[0].trouble->is(RelayErrc::lost));
  EXPECT_EQ(changes_[1].address, "relay2.test:443");
  EXPECT_TRUE(changes_[1].held);
}

TEST_F(RelayListenerTest, ThatOneOutOfReachStaysSoIsNoNews) {
  const auto listener = listen(2);
  ASSERT_TRUE(held(*listener));
  relays_[0]->unreachable = gone();
  relays_[0]->callers[0]->stream->close();
  EXPECT_TRUE(comes([&] { return relays_[0]->dialed > 5; }));
  EXPECT_EQ(std::ranges::count(changes_, false, &RelayStatus::held), 1);
}

TEST_F(RelayListenerTest, OneThatGrantsTheSlotAndEndsIsAskedEverMoreSeldom) {
  longest_retry_ = milliseconds(600'000);
  relays_[0]->on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayDone{});
    caller.stream->close();
  };
  const auto listener = listen(1);
  ASSERT_TRUE(comes([&] { return relays_[0]->dialed >= 4; }));
  io_.restart();
  io_.run_for(milliseconds(300));
  EXPECT_LT(relays_[0]->dialed, 20);
  // Had, lost and back; then nothing for a while.
  EXPECT_EQ(std::ranges::count(changes_, true, &RelayStatus::held), 2);
  EXPECT_EQ(std::ranges::count(changes_, false, &RelayStatus::held), 1);
}

TEST_F(RelayListenerTest, LetsInWhoComes) {
  const auto listener = listen(1);
  ASSERT_TRUE(held(*listener));
  const auto ticket = wire::RelayTicket::random(entropy_);
  relays_[0]->callers[0]->say(wire::RelayIncoming{ticket});
  auto accepted = must(finish(io_, listener->accept()));
  EXPECT_EQ(accepted.peer, "relay0.test:443");
  EXPECT_EQ(std::get<wire::RelayTake>(relays_[0]->heard.back().action).ticket, ticket);
  // Over a connection of its own: the first goes on listening.
  ASSERT_EQ(relays_[0]->callers.size(), 2U);
  ASSERT_TRUE(finish(io_, accepted.stream->write_all(as_bytes("hi"))));
  EXPECT_EQ(as_text(must(finish(io_, relays_[0]->callers[1]->stream->read_message()))), "hi");
  EXPECT_EQ(holding(*listener).size(), 1U);
}

TEST_F(RelayListenerTest, ATicketThatLeadsNowhereIsNoTrouble) {
  const auto listener = listen(1);
  ASSERT_TRUE(held(*listener));
  relays_[0]->on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayRefused{wire::RelayRefusal::ticket});
  };
  relays_[0]->callers[0]->say(wire::RelayIncoming{});
  EXPECT_TRUE(comes([&] { return relays_[0]->heard.size() == 2; }));
  relays_[0]->on_request = as_relays_do();
  relays_[0]->callers[0]->say(wire::RelayIncoming{});
  EXPECT_EQ(must(finish(io_, listener->accept())).peer, "relay0.test:443");
}

// It would have the host connect to it for ever.
TEST_F(RelayListenerTest, ARelayThatTellsOfThousandsIsBelievedSome) {
  const auto listener = listen(1);
  ASSERT_TRUE(held(*listener));
  relays_[0]->on_request = [](FakeRelay::Caller&, const wire::RelayRequest&) {};
  for (int i = 0; i < 1'000; ++i) {
    relays_[0]->callers[0]->say(wire::RelayIncoming{wire::RelayTicket::random(entropy_)});
  }
  io_.restart();
  io_.run_for(milliseconds(200));
  EXPECT_EQ(relays_[0]->heard.size(), 1U + 64U);
  EXPECT_EQ(holding(*listener).size(), 1U);
}

TEST_F(RelayListenerTest, WhatIsNoTicketEndsItThereAndItGoesElsewhere) {
  const auto listener = listen(2);
  ASSERT_TRUE(held(*listener));
  relays_[0]->callers[0]->say(wire::RelayReply{7, wire::RelayDone{}});
  EXPECT_TRUE(comes([&] {
    return std::ranges::any_of(changes_, [](const RelayStatus& one) {
      return !one.held && one.trouble && one.trouble->is(RelayErrc::protocol);
    });
  }));
}

TEST_F(RelayListenerTest, ClosingEndsAllOfIt) {
  auto listener = listen(2);
  ASSERT_TRUE(held(*listener));
  bool ended = false;
  auto note = [&](const std::exception_ptr&, const Result<transport::Accepted>& next) {
    ended = true;
    EXPECT_EQ(error_of(next), "route.closed");
  };
  boost::asio::co_spawn(io_, listener->accept(), std::move(note));
  listener->close();
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_TRUE(ended);
  EXPECT_EQ(error_of(held(*listener)), "route.closed");
}

}  // namespace
}  // namespace sotto::node
