#include "node/agent.h"

#include "net/asio_timer.h"
#include "session/handshake_driver.h"
#include "session/session.h"
#include "unit/node/loops.h"
#include "wire/room_frame.h"

namespace sotto::node {
namespace {

class AgentTest : public LoopsTest {
 protected:
  Client host_{anna_};
  Client guest_{bob_};
};

TEST_F(AgentTest, TwoTalkInARoom) {
  EXPECT_EQ(must(host(host_, "kitchen")).room, "kitchen");
  ASSERT_EQ(host_.all<ReadyEvent>().size(), 1U);
  EXPECT_EQ(host_.all<ReadyEvent>()[0].room, "kitchen");
  EXPECT_TRUE(host_.all<ReadyEvent>()[0].routes.at(0).address.starts_with("127.0.0.1:"));

  EXPECT_EQ(must(join(guest_, invite(anna_, "kitchen"))).room, "kitchen");
  until([&] { return host_.presence() == Names{"+bob"}; });
  until([&] { return !guest_.all<LinkEvent>().empty(); });
  EXPECT_EQ(guest_.all<LinkEvent>()[0].name, "anna");

  say(guest_, "kitchen", "hello");
  until([&] { return host_.texts() == Names{"hello"}; });
  until([&] { return guest_.all<DeliveredEvent>().size() == 1; });
  say(host_, "kitchen", "welcome");
  until([&] { return guest_.texts() == Names{"welcome"}; });
  until([&] { return host_.all<DeliveredEvent>().size() == 1; });

  leave(guest_, "kitchen");
  until([&] { return guest_.ended().has_value(); });
  EXPECT_EQ(guest_.ended(), "");
  until([&] { return host_.presence() == (Names{"+bob", "-bob"}); });
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  EXPECT_EQ(host_.ended(), "");
  host_.detach();
  guest_.detach();
  EXPECT_TRUE(is_idle(anna_));
  EXPECT_TRUE(is_idle(bob_));
}

TEST_F(AgentTest, WhatIsRefusedChangesNothingAboutRelays) {
  HostRequest leaking = host_request("kitchen");  // --bind does not go with --tor
  leaking.tor.only = true;
  leaking.relay.urls = {"wss://relay.example/"};
  EXPECT_FALSE(run(anna_, anna_.agent->host(host_.id(), std::move(leaking))));
  must(host(host_, "hall"));
  JoinRequest own{invite(anna_, "hall"), milliseconds(5'000)};
  own.target.relay.urls = {"wss://relay.example/"};
  EXPECT_EQ(error_of(run(anna_, anna_.agent->join(host_.id(), std::move(own)))),
            Error(Errc::own_room, "").name());
  EXPECT_TRUE(anna_.runtime->relays().preferred().empty());
}

TEST_F(AgentTest, TheHostsEndIsTheEndForAll) {
  must(host(host_, "kitchen"));
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });
  leave(host_, "kitchen");
  until([&] { return guest_.ended().has_value() && host_.ended().has_value(); });
  EXPECT_EQ(guest_.ended(), "");
  ASSERT_EQ(guest_.all<ClosedEvent>().size(), 1U);
  EXPECT_EQ(guest_.all<ClosedEvent>()[0].reason, "host left");
}

TEST_F(AgentTest, OnceIsOverWhenTheFirstMemberLeaves) {
  must(host(host_, "kitchen", true));
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });
  guest_.detach();  // as when its process dies
  until([&] { return host_.ended().has_value(); });
  EXPECT_EQ(host_.all<ClosedEvent>().at(0).reason, "the first member left");
}

TEST_F(AgentTest, ARefusalEndsTheJoin) {
  must(host(host_, "kitchen"));
  const auto once = invite(anna_, "kitchen");
  Side eve(profile("eve"));
  must(join(guest_, once));
  until([&] { return host_.presence() == Names{"+bob"}; });
  // Bob's profile, new from a backup of nothing: another card.
  Client stranger(bob_);
  auto used = copy(once);
  Agent& agent = *eve.agent;
  bool ended = false;
  std::string why;
  const auto client = agent.attach([&](const std::string& method, const Json& params) {
    if (method == "ended") {
      ended = true;
      why = error_from_json(*params.find("error")).name();
    }
    return false;
  });
  boost::asio::co_spawn(eve.runtime->executor(),
                        agent.join(client, {std::move(used), std::chrono::seconds(5)}),
                        [](const std::exception_ptr&, const Result<OpenedReply>&) {});
  until([&] {
    eve.runtime->loop().restart();
    eve.runtime->loop().poll();
    return ended;
  });
  EXPECT_EQ(why, "invite.burnt");
}

// --- sending

TEST_F(AgentTest, ASendIsDeliveredAndItsLinkKeptWarm) {
  must(host(host_, "kitchen"));
  const Sent first = send(guest_, invite(anna_, "kitchen"), "one");
  EXPECT_EQ(first.status, "delivered");
  EXPECT_EQ(first.route, "direct");
  EXPECT_EQ(first.attempts, 1);
  ASSERT_EQ(first.phases.size(), 3U);
  EXPECT_EQ(first.phases[0].first, "connect");
  const Sent second = send(guest_, named("kitchen"), "two");
  EXPECT_EQ(second.status, "delivered");
  ASSERT_EQ(second.phases.size(), 1U);  // nothing to connect to
  EXPECT_EQ(host_.texts(), (Names{"one", "two"}));
  EXPECT_TRUE(host_.presence().empty());  // who only sends is not present
}

TEST_F(AgentTest, WhoSendsMayEnterAfterwards) {
  must(host(host_, "kitchen"));
  send(guest_, invite(anna_, "kitchen"), "one");
  must(join(guest_, named("kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });
  say(host_, "kitchen", "welcome");
  until([&] { return guest_.texts() == Names{"welcome"}; });
  say(guest_, "kitchen", "two");
  until([&] { return host_.texts() == (Names{"one", "two"}); });
  EXPECT_EQ(send(guest_, named("kitchen"), "three").status, "delivered");
  EXPECT_FALSE(guest_.ended());
}

TEST_F(AgentTest, EnteringDoesNotHinderASendUnderWay) {
  must(host(host_, "kitchen"));
  const auto file = invite(anna_, "kitchen");
  const auto sending = start_send(guest_, file, "one");
  const auto joining =
      start(bob_, bob_.agent->join(guest_.id(), {copy(file), milliseconds(5000)}));
  EXPECT_EQ(must(result_of(sending)).status, "delivered");
  must(result_of(joining));
  until([&] { return host_.presence() == Names{"+bob"}; });
  EXPECT_EQ(host_.texts(), Names{"one"});
}

TEST_F(AgentTest, OneMayEnterAtAnyMomentOfASend) {
  must(host(host_, "kitchen"));
  const auto file = invite(anna_, "kitchen");
  Names said;
  Names seen;
  for (int ms = 0; ms < 12; ++ms) {
    Client guest(bob_);
    said.push_back(std::to_string(ms));
    const auto sending = start_send(guest, file, said.back());
    run_for(milliseconds(ms));
    must(join(guest, copy(file)));
    EXPECT_EQ(must(result_of(sending)).status, "delivered");
    seen.push_back("+bob");
    until([&] { return host_.presence() == seen; });
    leave(guest, "kitchen");
    until([&] { return guest.ended().has_value(); });
    seen.push_back("-bob");
    until([&] { return host_.presence() == seen; });
  }
  EXPECT_EQ(host_.texts(), said);
}

TEST_F(AgentTest, OneSendThatGivesUpDoesNotEndAnother) {
  must(host(host_, "kitchen"));
  send(guest_, invite(anna_, "kitchen"), "hello");
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  run_for(milliseconds(20));

  const auto hasty = start_send(guest_, named("kitchen"), "hasty", milliseconds(100));
  const auto patient = start_send(guest_, named("kitchen"), "patient");
  const Sent given_up = must(result_of(hasty));
  EXPECT_NE(given_up.status, "delivered");
  ASSERT_TRUE(given_up.error);
  EXPECT_EQ(given_up.error->kind(), Kind::unreached);
  EXPECT_FALSE(patient.ended());
  must(host(host_, "kitchen"));  // at the same port
  EXPECT_EQ(must(result_of(patient)).status, "delivered");
  EXPECT_EQ(host_.texts(), (Names{"hello", "patient"}));
}

TEST_F(AgentTest, WhatIsQueuedGoesWithTheNext) {
  must(host(host_, "kitchen"));
  const auto file = invite(anna_, "kitchen");
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  const auto queued = must(result_of(start_send(guest_, file, "one", milliseconds(100), true)));
  EXPECT_EQ(queued.status, "queued");
  must(host(host_, "kitchen"));
  EXPECT_EQ(send(guest_, named("kitchen"), "two").status, "delivered");
  EXPECT_EQ(host_.texts(), (Names{"one", "two"}));
}

TEST_F(AgentTest, WhatWasGivenUpGoesOverALinkThatHasPassedIt) {
  must(host(host_, "kitchen"));
  const auto file = invite(anna_, "kitchen");
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  const auto send_named = [&](const TargetRequest& target, milliseconds timeout, bool queue) {
    SendRequest request;
    request.target = copy(target);
    request.texts = {"on second thought"};
    request.id = "thought";
    request.timeout = timeout;
    request.queue = queue;
    return run(bob_, bob_.agent->send(guest_.id(), std::move(request)));
  };
  EXPECT_EQ(must(send_named(file, milliseconds(100), true)).status, "queued");
  auto cancel = [&profile = bob_.profile](store::Database&) {
    return take_out(profile, {"thought"});
  };
  must(run(bob_, bob_.runtime->store().run<CancelRequest>(cancel)));
  must(host(host_, "kitchen"));
  EXPECT_EQ(send(guest_, named("kitchen"), "one").status, "delivered");  // its link stays warm
  EXPECT_EQ(must(send_named(named("kitchen"), milliseconds(3000), false)).status, "delivered");
  EXPECT_EQ(host_.texts(), (Names{"one", "on second thought"}));
}

TEST_F(AgentTest, NothingIsNoMessage) {
  SendRequest empty;
  empty.target = named("kitchen");
  EXPECT_EQ(error_of(run(bob_, bob_.agent->send(guest_.id(), std::move(empty)))), "rpc.params");
}

// --- several clients

TEST_F(AgentTest, ClientsShareARoomUntilTheLastLeaves) {
  Client second(anna_);
  must(host(host_, "kitchen"));
  must(host(second, "kitchen"));
  EXPECT_EQ(second.all<ReadyEvent>().size(), 1U);  // told what it missed
  EXPECT_EQ(host_.all<ReadyEvent>().size(), 1U);
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return second.presence() == Names{"+bob"}; });

  leave(host_, "kitchen");
  EXPECT_EQ(host_.ended(), "");
  say(guest_, "kitchen", "still here");
  until([&] { return second.texts() == Names{"still here"}; });
  EXPECT_TRUE(host_.texts().empty());
  leave(second, "kitchen");
  until([&] { return second.ended().has_value() && guest_.ended().has_value(); });
}

TEST_F(AgentTest, TwoWhoOpenTheSameRoomAtOnceGetOne) {
  Client second(anna_);
  const auto one = start(anna_, anna_.agent->host(host_.id(), host_request("kitchen")));
  const auto two = start(anna_, anna_.agent->host(second.id(), host_request("kitchen")));
  must(result_of(one));
  must(result_of(two));
  ASSERT_EQ(host_.all<ReadyEvent>().size(), 1U);
  ASSERT_EQ(second.all<ReadyEvent>().size(), 1U);
  EXPECT_EQ(host_.all<ReadyEvent>()[0].routes[0].address,
            second.all<ReadyEvent>()[0].routes[0].address);
  EXPECT_EQ(send(guest_, invite(anna_, "kitchen"), "hello").status, "delivered");
}

TEST_F(AgentTest, ARoomOnItsWayOutIsOpenedAnew) {
  must(host(host_, "kitchen"));
  const auto address = host_.all<ReadyEvent>()[0].routes[0].address;
  Client second(anna_);
  leave(host_, "kitchen");
  must(host(second, "kitchen"));
  EXPECT_EQ(host_.ended(), "");
  EXPECT_FALSE(second.ended());
  EXPECT_EQ(second.all<ReadyEvent>().at(0).routes[0].address, address);
  EXPECT_EQ(send(guest_, invite(anna_, "kitchen"), "hello").status, "delivered");
  EXPECT_EQ(second.texts(), Names{"hello"});
}

TEST_F(AgentTest, WhoHasGoneHoldsNothing) {
  for (int steps = 0; steps < 12; ++steps) {
    Client hasty(anna_);
    const auto opening = start(anna_, anna_.agent->host(hasty.id(), host_request("kitchen")));
    for (int i = 0; i < steps; ++i) run_for(milliseconds(1));
    hasty.detach();
    [[maybe_unused]] const auto opened = result_of(opening);
  }
  host_.detach();
  EXPECT_TRUE(is_idle(anna_));
}

TEST_F(AgentTest, WhatNobodyHasSeenIsShownToTheNext) {
  must(host(host_, "kitchen"));
  host_.shows = false;
  send(guest_, invite(anna_, "kitchen"), "hello");
  EXPECT_EQ(host_.texts(), Names{"hello"});
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });

  Client next(anna_);
  must(host(next, "kitchen"));
  EXPECT_EQ(next.texts(), Names{"again hello"});
  leave(next, "kitchen");
  until([&] { return next.ended().has_value(); });
  Client last(anna_);
  must(host(last, "kitchen"));
  EXPECT_TRUE(last.texts().empty());
}

TEST_F(AgentTest, DrainWaitsForTheHost) {
  must(host(host_, "kitchen"));
  must(join(guest_, invite(anna_, "kitchen")));
  for (int i = 0; i < 100; ++i) say(guest_, "kitchen", std::to_string(i));
  EXPECT_TRUE(must(run(bob_, bob_.agent->drain(guest_.id(), {"kitchen"}))));
  EXPECT_EQ(host_.texts().size(), 100U);
  EXPECT_EQ(error_of(run(bob_, bob_.agent->drain(guest_.id(), {"cellar"}))), "room.unknown");
}

TEST_F(AgentTest, OnlyWhoIsInARoomMaySpeakThere) {
  must(host(host_, "kitchen"));
  Client other(anna_);
  EXPECT_EQ(error_of(run(anna_, anna_.agent->say(other.id(), {"kitchen", "hello"}))),
            "room.unknown");
  EXPECT_EQ(error_of(anna_.agent->leave(other.id(), {"kitchen"})), "room.unknown");
}

// --- peers that are hasty, silent or stuck

// A member that speaks by hand: one record with a message and a goodbye, and gone.
Async<void> speak_and_go(Side& side, wire::ConnectionFile file, std::string text) {
  const auto& direct = file.reach.direct.at(0);
  std::vector<net::HostPort> addresses{{direct.host, direct.port}};
  auto connection = co_await net::dial_tcp(side.runtime->executor(), std::move(addresses),
                                           std::chrono::steady_clock::now() + patience);
  if (!connection) co_return std::unexpected(connection.error());
  net::AsioTimer timer(side.runtime->executor());
  wire::JoinerAuth auth{side.profile.card(), wire::Purpose::send, std::nullopt};
  session::JoinerParameters parameters{side.profile.keys().static_key.copy(),
                                       file.host.identity_pk,
                                       file.host.static_pk,
                                       file.invite_id,
                                       file.psk.copy(),
                                       std::move(auth)};
  auto keys = co_await session::connect_link(*connection->stream, timer, std::move(parameters),
                                             system_entropy());
  if (!keys) co_return std::unexpected(keys.error());
  session::Link link(std::move(*keys), timer.now());
  const auto reception = co_await session::read_reception(*connection->stream, timer, link);
  if (!reception) co_return std::unexpected(reception.error());
  session::Session session(std::get<wire::Welcome>(*reception).session_id,
                           session::Side::joiner);
  if (auto attached = session.attach(1, 0); !attached) co_return attached;
  wire::Message message{MessageId::random(system_entropy()),
                        side.profile.card().identity_pk,
                        wall_now(),
                        std::move(text),
                        {}};
  wire::sign_message(message, file.room_id, side.profile.keys().identity);
  session.send(session::chat_channel, wire::encode(wire::RoomFrame(message)));
  link.say_goodbye(wire::GoodbyeReason::leaving);
  const auto record = link.produce(&session, timer.now());
  if (!record) co_return std::unexpected(record.error());
  co_return co_await connection->stream->write_all(*record);
}

TEST_F(AgentTest, LastWordsAreHeardAndPassedOn) {
  must(host(host_, "kitchen"));
  Side carol(profile("carol"));
  const auto file = invite(anna_, "kitchen");
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });

  std::optional<Result<void>> spoken;
  boost::asio::co_spawn(
      carol.runtime->executor(),
      speak_and_go(carol, must(wire::decode_connection_file(file.content->view())), "and out"),
      [&](const std::exception_ptr&, Result<void> result) { spoken = std::move(result); });
  until([&] {
    carol.runtime->loop().restart();
    carol.runtime->loop().poll();
    return spoken.has_value();
  });
  EXPECT_EQ(error_of(*spoken), "");
  until([&] { return host_.texts() == Names{"and out"}; });
  until([&] { return guest_.texts() == Names{"and out"}; });
}

// Connects and says nothing.
Async<net::TcpConnection> stand_silent(Side& side, std::string address) {
  const auto colon = address.rfind(':');
  std::vector<net::HostPort> addresses{
      {address.substr(0, colon),
       static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))}};
  co_return co_await net::dial_tcp(side.runtime->executor(), std::move(addresses),
                                   std::chrono::steady_clock::now() + patience);
}

TEST_F(AgentTest, ASilentStrangerDelaysNobody) {
  must(host(host_, "kitchen"));
  const auto stranger =
      must(run(bob_, stand_silent(bob_, host_.all<ReadyEvent>()[0].routes[0].address)));
  run_for(milliseconds(20));
  EXPECT_EQ(send(guest_, invite(anna_, "kitchen"), "hello").status, "delivered");
  const auto before = std::chrono::steady_clock::now();
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST_F(AgentTest, AnOwnerMayEndInTheMidstOfEverything) {
  must(host(host_, "kitchen"));
  const auto file = invite(anna_, "kitchen", 2);
  must(join(guest_, file));
  for (int i = 0; i < 20; ++i) {
    start_send(guest_, named("kitchen"), std::to_string(i));
  }
  run_for(milliseconds(5));
  // Whatever is under way now is destroyed with the owners.
}

}  // namespace
}  // namespace sotto::node
