#include "reach/ice_agent.h"

#include <gtest/gtest.h>
#include <memory>

#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

using enum CandidateTransport;

const Endpoint anna_at = *parse_endpoint("192.168.1.10:5000");
const Endpoint ben_at = *parse_endpoint("192.168.1.20:6000");

// Two agents on one network on which everything arrives at once, or is swallowed.
class IceAgentTest : public testing::Test {
 protected:
  struct Side {
    Endpoint at;
    SeededEntropy entropy;
    IceCredentials credentials;
    std::unique_ptr<IceAgent> agent;
    std::vector<IceEvent> events;
    Candidate candidate;
    std::size_t sent = 0;
  };

  IceAgentTest() { make(true, false); }

  void make(bool anna_controls, bool ben_controls, CandidateTransport annas = udp,
            CandidateTransport bens = udp) {
    anna_.reset();
    ben_.reset();
    anna_.emplace(Side{anna_at, SeededEntropy(1), {}, {}, {}, {}});
    ben_.emplace(Side{ben_at, SeededEntropy(2), {}, {}, {}, {}});
    begin(*anna_, anna_controls, annas);
    begin(*ben_, ben_controls, bens);
  }
  static void begin(Side& side, bool controls, CandidateTransport transport) {
    side.credentials = IceCredentials::random(side.entropy);
    IceOptions options{controls, side.credentials, {*parse_endpoint("192.168.1.99:0")}};
    side.agent = std::make_unique<IceAgent>(options, side.entropy);
    side.candidate = side.agent->add_local(
        {CandidateKind::host, transport, side.at, 0, side.at.address, {}, 100});
  }

  void introduce() {
    anna_->agent->set_remote(ben_->credentials, now_);
    ben_->agent->set_remote(anna_->credentials, now_);
  }
  void tell() {
    EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
    EXPECT_TRUE(ben_->agent->add_remote(anna_->candidate));
  }

  // Lets packets flow and time pass until `duration` is over.
  void run(milliseconds duration) {
    const SteadyTime end = now_ + duration;
    for (int step = 0; step < 100'000; ++step) {
      step_once();
      std::optional<SteadyTime> next;
      for (Side* side : {&*anna_, &*ben_}) {
        const auto own = side->agent->next_deadline(now_);
        if (own && (!next || *own < *next)) next = own;
      }
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
    }
    now_ = end;
    step_once();
  }
  void step_once() {
    anna_->agent->on_time(now_);
    ben_->agent->on_time(now_);
    bool moved = true;
    while (moved) {
      moved = deliver(*anna_, *ben_);
      moved = deliver(*ben_, *anna_) || moved;
    }
  }
  bool deliver(Side& from, Side& to) {
    const auto sends = from.agent->take_sends();
    from.sent += sends.size();
    for (const IceSend& send : sends) {
      if (send.to == to.at && !swallows_) to.agent->on_bytes(0, from.at, send.bytes, now_);
    }
    from.agent->on_time(now_);
    to.agent->on_time(now_);
    for (Side* side : {&from, &to}) {
      for (IceEvent& event : side->agent->take_events())
        side->events.push_back(std::move(event));
    }
    return !sends.empty();
  }

  static const IceSelected& selected(const Side& side) {
    if (side.events.size() != 1) throw std::logic_error("not one event");
    return std::get<IceSelected>(side.events[0]);
  }
  static std::string ended(const Side& side) {
    if (side.events.empty()) return "";
    const auto* end = std::get_if<IceEnded>(&side.events.back());
    return end == nullptr ? "" : end->error.name();
  }

  std::optional<Side> anna_;
  std::optional<Side> ben_;
  bool swallows_ = false;
  SteadyTime now_ = SteadyTime{} + std::chrono::hours(1);
};

TEST_F(IceAgentTest, BothSelectTheSamePath) {
  introduce();
  tell();
  run(seconds(1));
  EXPECT_EQ(selected(*anna_).remote.address, ben_at);
  EXPECT_EQ(selected(*ben_).remote.address, anna_at);
  EXPECT_EQ(selected(*anna_).local.address, anna_at);
  EXPECT_EQ(selected(*anna_).taken, milliseconds(0));
}

TEST_F(IceAgentTest, CandidatesMayComeLate) {
  introduce();
  run(seconds(2));
  EXPECT_TRUE(anna_->events.empty());
  tell();
  run(seconds(1));
  selected(*anna_);
  selected(*ben_);
}

TEST_F(IceAgentTest, OneSideMayTellNothing) {
  introduce();
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  run(seconds(1));
  EXPECT_EQ(selected(*ben_).remote.kind, CandidateKind::peer_reflexive);
  EXPECT_EQ(selected(*ben_).remote.address, anna_at);
}

TEST_F(IceAgentTest, ChecksMayComeBeforeTheCredentials) {
  anna_->agent->set_remote(ben_->credentials, now_);
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  run(milliseconds(300));
  ben_->agent->set_remote(anna_->credentials, now_);
  run(seconds(1));
  selected(*anna_);
  selected(*ben_);
}

TEST_F(IceAgentTest, ALostPacketIsSaidAgain) {
  introduce();
  tell();
  swallows_ = true;
  run(milliseconds(100));
  swallows_ = false;
  run(milliseconds(200));
  selected(*anna_);
  selected(*ben_);
}

TEST_F(IceAgentTest, TheSameRoleOnBothSidesIsSettled) {
  for (const bool control : {true, false}) {
    make(control, control);
    introduce();
    tell();
    run(seconds(2));
    selected(*anna_);
    selected(*ben_);
    EXPECT_NE(anna_->agent->controlling(), ben_->agent->controlling());
  }
}

TEST_F(IceAgentTest, OverTcpOneSideConnects) {
  make(true, false, tcp_passive, tcp_active);
  ben_->candidate.address.port = tcp_active_port;
  introduce();
  tell();
  run(seconds(1));
  EXPECT_EQ(selected(*anna_).local.transport, tcp_passive);
  EXPECT_EQ(selected(*anna_).remote.address, ben_at);
  EXPECT_EQ(selected(*ben_).local.transport, tcp_active);
  make(true, false, tcp_so, tcp_so);
  introduce();
  tell();
  run(seconds(1));
  EXPECT_EQ(selected(*anna_).remote.transport, tcp_so);
}

TEST_F(IceAgentTest, OverTcpAnythingIsSaidOnce) {
  make(true, false, tcp_active, tcp_passive);
  introduce();
  tell();
  swallows_ = true;
  run(seconds(9));
  EXPECT_EQ(anna_->sent, 1U);
  EXPECT_EQ(ben_->sent, 0U);
}

TEST_F(IceAgentTest, ARefusedConnectionEndsItsPair) {
  make(true, false, tcp_active, tcp_passive);
  introduce();
  tell();
  swallows_ = true;
  run(milliseconds(100));
  anna_->agent->on_unreachable(0, ben_at);
  anna_->agent->end_of_candidates();
  run(seconds(5));
  EXPECT_EQ(ended(*anna_), "path.none");
}

TEST_F(IceAgentTest, WithoutAnAnswerItEnds) {
  introduce();
  tell();
  anna_->agent->end_of_candidates();
  swallows_ = true;
  run(milliseconds(13'300));
  EXPECT_EQ(ended(*anna_), "");
  run(milliseconds(200));
  EXPECT_EQ(ended(*anna_), "path.none");
  EXPECT_EQ(ended(*ben_), "");  // more may be told
  run(seconds(20));
  EXPECT_EQ(ended(*ben_), "path.none");
  EXPECT_FALSE(anna_->agent->next_deadline(now_));
  EXPECT_EQ(anna_->sent, 7U);
}

TEST_F(IceAgentTest, ConsentIsAskedForAndItsEndNoticed) {
  introduce();
  tell();
  run(seconds(1));
  const std::size_t before = anna_->sent;
  run(std::chrono::minutes(5));
  selected(*anna_);
  // Of both sides: each asks 60 times and answers as often.
  EXPECT_GE(anna_->sent - before, 2U * 50);
  EXPECT_LE(anna_->sent - before, 2U * 75);
  swallows_ = true;
  run(seconds(31));
  EXPECT_EQ(ended(*anna_), "path.lost");
  EXPECT_EQ(ended(*ben_), "path.lost");
}

TEST_F(IceAgentTest, StrangersGetNoAnswer) {
  introduce();
  tell();
  run(seconds(1));
  anna_->agent->take_sends();
  const Endpoint stranger = *parse_endpoint("192.168.1.66:6000");
  const IceCheck check{1, false, 1, true};
  for (const IceCredentials& claimed :
       {IceCredentials{anna_->credentials.name, ben_->credentials.password},
        IceCredentials{ben_->credentials.name, anna_->credentials.password}}) {
    EXPECT_TRUE(anna_->agent->on_bytes(
        0, stranger, encode_check(check, StunTransaction(), ben_->credentials, claimed), now_));
  }
  EXPECT_TRUE(anna_->agent->take_sends().empty());
  EXPECT_FALSE(anna_->agent->on_bytes(0, stranger, as_bytes("hello"), now_));
}

TEST_F(IceAgentTest, ForgedAnswersChangeNothing) {
  introduce();
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  anna_->agent->on_time(now_);
  const auto sends = anna_->agent->take_sends();
  ASSERT_EQ(sends.size(), 1U);
  const auto question = must(StunMessage::decode(sends[0].bytes));
  // Signed with the wrong password: as if they had not come.
  anna_->agent->on_bytes(
      0, ben_at, encode_role_conflict(question.transaction(), anna_->credentials), now_);
  anna_->agent->on_bytes(
      0, ben_at, encode_check_answer(question.transaction(), anna_at, anna_->credentials),
      now_);
  EXPECT_TRUE(anna_->agent->controlling());
  anna_->agent->on_time(now_);
  EXPECT_TRUE(anna_->agent->take_sends().empty());  // nothing is nominated
  run(seconds(1));
  selected(*anna_);
}

TEST_F(IceAgentTest, WhatIsUnderWayIsSaidAgainWhenTheOtherSideComesThrough) {
  anna_->agent->set_remote(ben_->credentials, now_);
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  swallows_ = true;
  run(milliseconds(100));
  swallows_ = false;
  ben_->agent->set_remote(anna_->credentials, now_);
  EXPECT_TRUE(ben_->agent->add_remote(anna_->candidate));
  run(milliseconds(50));
  EXPECT_EQ(selected(*anna_).taken, milliseconds(100));  // and not at 200
}

TEST_F(IceAgentTest, APairThatFailedIsTriedAgainWhenTheOtherSideComesThrough) {
  anna_->agent->set_remote(ben_->credentials, now_);
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  swallows_ = true;
  run(seconds(20));
  EXPECT_EQ(anna_->sent, 7U);
  swallows_ = false;
  ben_->agent->set_remote(anna_->credentials, now_);
  EXPECT_TRUE(ben_->agent->add_remote(anna_->candidate));
  run(seconds(1));
  selected(*anna_);
  selected(*ben_);
}

TEST_F(IceAgentTest, AnAnswerFromElsewhereFailsThePair) {
  introduce();
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  anna_->agent->on_time(now_);
  const auto question = must(StunMessage::decode(anna_->agent->take_sends().at(0).bytes));
  anna_->agent->on_bytes(
      0, *parse_endpoint("192.168.1.66:6000"),
      encode_check_answer(question.transaction(), anna_at, ben_->credentials), now_);
  anna_->agent->end_of_candidates();
  swallows_ = true;
  run(seconds(5));
  EXPECT_EQ(ended(*anna_), "path.none");
}

TEST_F(IceAgentTest, CandidatesThatPointElsewhereAreRefused) {
  Candidate candidate = ben_->candidate;
  for (const char* address :
       {"127.0.0.1:80", "224.0.0.1:80", "192.168.1.99:443", "0.0.0.0:1", "192.168.1.20:0"}) {
    candidate.address = *parse_endpoint(address);
    EXPECT_FALSE(anna_->agent->add_remote(candidate)) << address;
  }
  candidate = ben_->candidate;
  candidate.foundation = std::string(foundation_limit + 1, 'x');
  EXPECT_FALSE(anna_->agent->add_remote(candidate));
  candidate.foundation = "";
  EXPECT_FALSE(anna_->agent->add_remote(candidate));
  introduce();
  run(seconds(1));
  EXPECT_EQ(anna_->sent, 0U);
}

TEST_F(IceAgentTest, AFloodOfCandidatesIsCutOff) {
  introduce();
  Candidate candidate = ben_->candidate;
  std::size_t taken = 0;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    candidate.address.port = port;
    if (anna_->agent->add_remote(candidate)) ++taken;
  }
  EXPECT_EQ(taken, candidates_limit);
  EXPECT_TRUE(anna_->agent->add_remote([&] {
    candidate.address.port = 1;
    return candidate;
  }()));
  run(seconds(29));
  EXPECT_LE(anna_->sent, 7 * candidates_limit);
}

TEST_F(IceAgentTest, AFloodOfNewAddressesIsCutOff) {
  introduce();
  const IceCheck check{1, false, 1, false};
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    anna_->agent->on_bytes(
        0, {ben_at.address, port},
        encode_check(check, StunTransaction(), ben_->credentials, anna_->credentials), now_);
  }
  EXPECT_EQ(anna_->agent->take_sends().size(), reflexive_limit);
}

TEST_F(IceAgentTest, NothingIsAnsweredToWhereNobodyMayBe) {
  introduce();
  // The same role, too: not even a conflict is answered.
  for (const bool controlling : {false, true}) {
    const IceCheck check{1, controlling, 1, false};
    for (const char* from : {"127.0.0.1:80", "192.168.1.99:443", "192.168.1.20:0"}) {
      anna_->agent->on_bytes(
          0, *parse_endpoint(from),
          encode_check(check, StunTransaction(), ben_->credentials, anna_->credentials), now_);
      anna_->agent->on_time(now_);
      EXPECT_TRUE(anna_->agent->take_sends().empty()) << from;
    }
  }
}

TEST_F(IceAgentTest, FoundationsSayWhatGoesTogether) {
  const auto told = [&](CandidateKind kind, const char* address, const char* base,
                        const char* server) {
    LocalCandidate local{kind, udp, *parse_endpoint(address), 1, parse_endpoint(base)->address,
                         {},   100};
    if (server != nullptr) local.server = parse_endpoint(server)->address;
    return anna_->agent->add_local(local).foundation;
  };
  const auto host = told(CandidateKind::host, "192.168.1.10:1", "192.168.1.10:1", nullptr);
  EXPECT_EQ(host, anna_->candidate.foundation);
  const auto mapped =
      told(CandidateKind::server_reflexive, "5.5.0.20:1", "192.168.1.10:1", "5.5.0.10:1");
  EXPECT_NE(mapped, host);
  EXPECT_EQ(mapped, told(CandidateKind::server_reflexive, "5.5.0.20:2", "192.168.1.10:1",
                         "5.5.0.10:1"));
  EXPECT_NE(mapped, told(CandidateKind::server_reflexive, "5.5.0.20:2", "192.168.1.10:1",
                         "5.5.0.11:1"));
}

TEST_F(IceAgentTest, ABetterPairIsWaitedForButNotLong) {
  // Ben has an address that nobody answers at, and it is the better one.
  introduce();
  Candidate better = ben_->candidate;
  better.address = *parse_endpoint("192.168.1.21:6000");
  better.priority += 1000;
  better.foundation = "better";
  EXPECT_TRUE(anna_->agent->add_remote(better));
  EXPECT_TRUE(anna_->agent->add_remote(ben_->candidate));
  run(milliseconds(90));
  EXPECT_TRUE(anna_->events.empty());
  EXPECT_TRUE(ben_->events.empty());  // what works is not yet what was chosen
  run(milliseconds(60));
  EXPECT_EQ(selected(*anna_).remote.address, ben_at);
  selected(*ben_);
}

}  // namespace
}  // namespace sotto::reach
