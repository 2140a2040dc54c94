#include "node/moderation.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class AgentForgetTest : public LoopsTest {
 protected:
  // Bob knows Anna's room, whose host is away, and has something for it.
  void leave_waiting() {
    must(host(host_, "kitchen"));
    EXPECT_EQ(send(guest_, invite(anna_, "kitchen"), "hello").status, "delivered");
    leave(host_, "kitchen");
    until([&] { return host_.ended().has_value(); });
    until([&] { return bob_.agent->open_rooms().empty(); });
    SendRequest request;
    request.target = named("kitchen");
    request.texts = {"waits"};
    request.wait = WaitFor::queued;
    must(run(bob_, bob_.agent->send(guest_.id(), std::move(request))));
  }
  Started<Forgotten> start_forgetting(Side& side, const std::string& who) {
    return start(side, side.agent->forget(0, {who}));
  }
  // The rooms of the store are those that may be open.
  void expect_no_room_of_nowhere(Side& side) {
    const auto ids = [](store::Database& database) -> Result<std::vector<RoomId>> {
      std::vector<RoomId> out;
      for (const auto& row : must(store::Rooms(database).all())) out.push_back(row.id);
      return out;
    };
    const auto known = must(run(side, side.runtime->store().run<std::vector<RoomId>>(ids)));
    for (const auto& room : side.agent->open_rooms()) {
      EXPECT_TRUE(std::ranges::find(known, room->row().id) != known.end());
    }
  }

  Client host_{anna_};
  Client guest_{bob_};
};

TEST_F(AgentForgetTest, TheCourierDoesNotOpenWhatIsBeingForgotten) {
  leave_waiting();
  bob_.agent->start_courier();
  must(join(guest_, named("kitchen")));
  run_for(milliseconds(20));
  // Closing it wakes the courier, which would try for twenty seconds.
  const auto before = std::chrono::steady_clock::now();
  must(result_of(start_forgetting(bob_, "kitchen")));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  run_for(milliseconds(50));
  EXPECT_TRUE(bob_.agent->open_rooms().empty());
  EXPECT_EQ(error_of(run(bob_, bob_.agent->drain(guest_.id(), {"kitchen"}))), "room.unknown");
}

TEST_F(AgentForgetTest, TheCourierDoesNotOpenWhatIsBeingRemoved) {
  leave_waiting();
  bob_.agent->start_courier();
  must(join(guest_, named("kitchen")));
  run_for(milliseconds(20));
  const auto before = std::chrono::steady_clock::now();
  must(run(bob_, remove_room(*bob_.agent, {"kitchen"})));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  run_for(milliseconds(50));
  EXPECT_TRUE(bob_.agent->open_rooms().empty());
}

TEST_F(AgentForgetTest, WhoeverOpensItMeanwhileDoesNotMakeItAnew) {
  for (int ms = 0; ms < 12; ++ms) {
    must(host(host_, "kitchen"));
    Client second(anna_);
    const auto forgetting = start_forgetting(anna_, "kitchen");
    run_for(milliseconds(ms));
    const auto opening = start(anna_, anna_.agent->host(second.id(), host_request("kitchen")));
    must(result_of(forgetting));
    const auto opened = result_of(opening);
    // Either it came too early, or it has made another room of the same name.
    if (!opened) {
      EXPECT_EQ(error_of(opened), "room.unknown");
    }
    EXPECT_EQ(anna_.agent->open_rooms().size(), opened ? 1U : 0U);
    expect_no_room_of_nowhere(anna_);
    second.detach();
    until([&] { return anna_.agent->open_rooms().empty(); });
    if (opened) must(result_of(start_forgetting(anna_, "kitchen")));
  }
}

TEST_F(AgentForgetTest, WhatIsAboutToOpenIsWaitedFor) {
  for (int ms = 0; ms < 8; ++ms) {
    must(host(host_, "kitchen"));
    leave(host_, "kitchen");
    Client second(anna_);
    const auto opening = start(anna_, anna_.agent->host(second.id(), host_request("kitchen")));
    run_for(milliseconds(ms));
    must(result_of(start_forgetting(anna_, "kitchen")));
    [[maybe_unused]] const auto opened = result_of(opening);
    expect_no_room_of_nowhere(anna_);
    EXPECT_TRUE(anna_.agent->open_rooms().empty());
  }
}

}  // namespace
}  // namespace sotto::node
