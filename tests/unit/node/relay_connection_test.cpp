#include "node/relay_connection.h"

#include <gtest/gtest.h>

#include "support/fake_relay.h"
#include "support/results.h"
#include "support/run_real.h"
#include "transport/message_bytes.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

using wire::RelayRefusal;

// Enough of a limit to see that there is one: a relay in memory answers at once.
constexpr RelayTiming impatient{milliseconds(50), milliseconds(50), milliseconds(50)};

class RelayConnectionTest : public testing::Test {
 protected:
  std::unique_ptr<RelayConnection> open(std::string token = {}, RelayTiming timing = {}) {
    return must(finish(io_, RelayConnection::open(io_.get_executor(),
                                                  relay_.place(std::move(token), timing))));
  }
  Result<RelayAnswer> ask(RelayConnection& connection, wire::RelayAction action,
                          const crypto::Ed25519KeyPair* owner = nullptr) {
    return finish(io_, connection.ask(std::move(action), owner));
  }
  // What comes of asking a relay that answers so.
  std::string asked(FakeRelay::OnRequest on_request, wire::RelayAction action) {
    relay_.on_request = std::move(on_request);
    const auto connection = open({}, impatient);
    return error_of(ask(*connection, std::move(action)));
  }
  wire::RelayListen listen() const {
    return {*wire::SlotId::from(slot_.public_key.view()), {}};
  }

  boost::asio::io_context io_;
  SeededEntropy entropy_{1};
  crypto::Ed25519KeyPair slot_ = crypto::Ed25519KeyPair::generate(entropy_);
  FakeRelay relay_{io_};
};

wire::RelayGet get_of(std::byte key) {
  wire::RelayGet get;
  get.key.mutable_view()[0] = key;
  return get;
}

TEST_F(RelayConnectionTest, CountsItsRequestsAndSignsThemForThisConnection) {
  const auto connection = open();
  EXPECT_TRUE(ask(*connection, wire::RelayPut{Bytes(wire::record_blob_bytes)}));
  EXPECT_TRUE(ask(*connection, listen(), &slot_));  // the fake relay has checked it
  ASSERT_EQ(relay_.heard.size(), 2U);
  EXPECT_EQ(relay_.heard[0].number, 1U);
  EXPECT_EQ(relay_.heard[1].number, 2U);
  wire::RelayBinding other = relay_.callers[0]->binding;
  other.exporter[0] ^= std::byte{1};
  EXPECT_FALSE(wire::verify(relay_.heard[1], other));
}

TEST_F(RelayConnectionTest, ShowsItsTokenOnceAndOnlyToWhoWantsIt) {
  const auto plain = open("key-to-the-relay");
  EXPECT_TRUE(ask(*plain, wire::RelayPut{Bytes(wire::record_blob_bytes)}));
  relay_.token_wanted = true;
  const auto guarded = open("key-to-the-relay");
  EXPECT_TRUE(ask(*guarded, wire::RelayPut{Bytes(wire::record_blob_bytes)}));
  EXPECT_TRUE(ask(*guarded, wire::RelayPut{Bytes(wire::record_blob_bytes)}));
  ASSERT_EQ(relay_.heard.size(), 3U);
  EXPECT_EQ(relay_.heard[0].access_token, "");
  EXPECT_EQ(relay_.heard[1].access_token, "key-to-the-relay");
  EXPECT_EQ(relay_.heard[2].access_token, "");
}

TEST_F(RelayConnectionTest, WithoutATokenAsksNothing) {
  relay_.token_wanted = true;
  const auto connection = open();
  EXPECT_EQ(error_of(ask(*connection, get_of(std::byte{1}))), "relay.token");
  EXPECT_TRUE(relay_.heard.empty());
}

TEST_F(RelayConnectionTest, NamesEachRefusal) {
  const std::vector<std::pair<RelayRefusal, std::string>> refusals = {
      {RelayRefusal::token, "relay.token"},
      {RelayRefusal::signature, "relay.signature"},
      {RelayRefusal::nobody, "relay.nobody"},
      {RelayRefusal::busy, "relay.busy"},
      {RelayRefusal::ticket, "relay.ticket"},
      {RelayRefusal::unknown, "relay.unknown"},
      {RelayRefusal::older, "relay.older"},
      {RelayRefusal::quota, "relay.quota"},
      {RelayRefusal::id_reused, "relay.id_reused"},
      {RelayRefusal::rate, "relay.rate"},
      {RelayRefusal::draining, "relay.draining"},
      {RelayRefusal::store, "relay.store"}};
  for (const auto& [reason, name] : refusals) {
    const auto refuse = [reason = reason](FakeRelay::Caller& caller,
                                          const wire::RelayRequest& request) {
      caller.answer(request, wire::RelayRefused{reason});
    };
    EXPECT_EQ(asked(refuse, get_of(std::byte{1})), name);
  }
}

TEST_F(RelayConnectionTest, GoesOnAfterARefusal) {
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    if (request.number == 1) {
      caller.answer(request, wire::RelayRefused{RelayRefusal::unknown});
    } else {
      caller.answer(request, wire::RelayDone{});
    }
  };
  const auto connection = open();
  EXPECT_EQ(error_of(ask(*connection, get_of(std::byte{1}))), "relay.unknown");
  EXPECT_TRUE(ask(*connection, wire::RelayPut{Bytes(wire::record_blob_bytes)}));
}

TEST_F(RelayConnectionTest, BelievesNoAnswerToAnotherQuestion) {
  const auto other_number = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.say(wire::RelayReply{request.number + 1, wire::RelayDone{}});
  };
  EXPECT_EQ(asked(other_number, wire::RelayPut{Bytes(wire::record_blob_bytes)}),
            "relay.protocol");
  const auto another_kind = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelaySpliced{});
  };
  EXPECT_EQ(asked(another_kind, wire::RelayPut{Bytes(wire::record_blob_bytes)}),
            "relay.protocol");
  const auto done = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelayDone{});
  };
  EXPECT_EQ(asked(done, wire::RelayOpen{}), "relay.protocol");
  EXPECT_EQ(asked(done, get_of(std::byte{1})), "relay.protocol");
  const auto ticket = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.say(wire::RelayIncoming{});
  };
  EXPECT_EQ(asked(ticket, get_of(std::byte{1})), "relay.protocol");
  const auto greeting = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.say(wire::RelayHello{});
  };
  EXPECT_EQ(asked(greeting, get_of(std::byte{1})), "relay.protocol");
}

TEST_F(RelayConnectionTest, TakesNoRecordOfAnotherKey) {
  const auto found = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    wire::RelayFound record{Bytes(wire::record_blob_bytes)};
    record.blob[0] = std::byte{1};
    caller.answer(request, record);
  };
  EXPECT_EQ(asked(found, get_of(std::byte{1})), "");
  EXPECT_EQ(asked(found, get_of(std::byte{2})), "relay.protocol");
}

TEST_F(RelayConnectionTest, TakesNoDepositsTwiceNorOutOfOrder) {
  const auto deposits = [](std::vector<std::uint64_t> numbers, bool more) {
    return [numbers = std::move(numbers), more](FakeRelay::Caller& caller,
                                                const wire::RelayRequest& request) {
      wire::RelayDeposits some;
      some.more = more;
      for (const auto number : numbers) {
        some.deposits.push_back({number, {}, Bytes(wire::deposit_sizes[0])});
      }
      caller.answer(request, some);
    };
  };
  wire::RelayFetch fetch;
  fetch.after = 5;
  EXPECT_EQ(asked(deposits({6, 9}, true), fetch), "");
  EXPECT_EQ(asked(deposits({}, false), fetch), "");
  EXPECT_EQ(asked(deposits({5}, false), fetch), "relay.protocol");     // seen before
  EXPECT_EQ(asked(deposits({7, 6}, false), fetch), "relay.protocol");  // reordered
  EXPECT_EQ(asked(deposits({7, 7}, false), fetch), "relay.protocol");  // duplicated
  EXPECT_EQ(asked(deposits({}, true), fetch), "relay.protocol");       // more of nothing
}

TEST_F(RelayConnectionTest, GarbageEndsIt) {
  const auto garbage = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.say_bytes(to_bytes("\xff\xff\xff garbage"));
  };
  EXPECT_EQ(asked(garbage, get_of(std::byte{1})), "relay.protocol");
  const auto nothing = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.say_bytes({});
  };
  EXPECT_EQ(asked(nothing, get_of(std::byte{1})), "relay.protocol");
}

TEST_F(RelayConnectionTest, SilenceAndHangingUpAreNamed) {
  const auto silence = [](FakeRelay::Caller&, const wire::RelayRequest&) {};
  EXPECT_EQ(asked(silence, get_of(std::byte{1})), "relay.silent");
  const auto hang_up = [](FakeRelay::Caller& caller, const wire::RelayRequest&) {
    caller.stream->close();
  };
  EXPECT_EQ(asked(hang_up, get_of(std::byte{1})), "relay.lost");
}

TEST_F(RelayConnectionTest, ARelayThatDoesNotGreetIsNoRelay) {
  relay_.greets = false;
  auto opening = RelayConnection::open(io_.get_executor(), relay_.place({}, impatient));
  EXPECT_EQ(error_of(finish(io_, std::move(opening))), "relay.silent");
}

TEST_F(RelayConnectionTest, OneThatCannotBeReachedIsNamedAsItsDialSays) {
  relay_.unreachable = Error(transport::Errc::unreachable, "Nobody is there.");
  auto opening = RelayConnection::open(io_.get_executor(), relay_.place());
  EXPECT_EQ(error_of(finish(io_, std::move(opening))), "route.unreachable");
}

TEST_F(RelayConnectionTest, TellsWhoComesAndNothingElse) {
  const auto connection = open();
  ASSERT_TRUE(ask(*connection, listen(), &slot_));
  const auto ticket = wire::RelayTicket::random(entropy_);
  relay_.callers[0]->say(wire::RelayIncoming{ticket});
  EXPECT_EQ(must(finish(io_, connection->incoming())), ticket);
  relay_.callers[0]->say(wire::RelayReply{1, wire::RelayDone{}});  // the answer once more
  EXPECT_EQ(error_of(finish(io_, connection->incoming())), "relay.protocol");
}

TEST_F(RelayConnectionTest, ASpliceIsAStream) {
  relay_.on_request = [](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    caller.answer(request, wire::RelaySpliced{});
  };
  const auto stream =
      must(finish(io_, relay_splice(io_.get_executor(), relay_.place(), wire::RelayTake{})));
  transport::MessageStream& other = *relay_.callers[0]->stream;
  // Longer than what one message holds.
  Bytes long_text(200'000);
  entropy_.fill(long_text);
  ASSERT_TRUE(finish(io_, stream->write_all(long_text)));
  Bytes received;
  while (received.size() < long_text.size()) {
    const Bytes piece = must(finish(io_, other.read_message()));
    EXPECT_LE(piece.size(), transport::message_bytes_limit);
    append(received, piece);
  }
  EXPECT_EQ(received, long_text);
  // An empty message is no end, and a long one is read in pieces.
  ASSERT_TRUE(finish(io_, other.write_message({})));
  ASSERT_TRUE(finish(io_, other.write_message(as_bytes("hello"))));
  Bytes out(3);
  EXPECT_EQ(must(finish(io_, stream->read_some(out))), 3U);
  EXPECT_EQ(as_text(out), "hel");
  EXPECT_EQ(must(finish(io_, stream->read_some(out))), 2U);
  other.close();
  EXPECT_EQ(error_of(finish(io_, stream->read_some(out))), "route.lost");
}

}  // namespace
}  // namespace sotto::node
