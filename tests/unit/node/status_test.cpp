#include "node/status.h"

#include <unistd.h>

#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class StatusTest : public LoopsTest {
 protected:
  StatusReply status_of(Side& side) {
    using Ask = Async<StatusReply> (*)(Agent&, NoRequest);
    const Ask ask = show_status;
    return must(run(side, ask(*side.agent, NoRequest())));
  }

  Client host_{anna_};
  Client guest_{bob_};
};

TEST_F(StatusTest, ShowsTheOwnerAndWhoIsInTheRooms) {
  must(host(host_, "kitchen"));
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });
  until([&] { return !guest_.all<LinkEvent>().empty(); });
  const Client asks(anna_);
  const auto hosting = status_of(anna_);
  ASSERT_TRUE(hosting.agent);
  EXPECT_EQ(hosting.agent->pid, ::getpid());
  EXPECT_EQ(hosting.agent->clients, 1U);
  EXPECT_LE(hosting.agent->since, wall_now());
  ASSERT_EQ(hosting.rooms.size(), 1U);
  const RoomStatus& ours = hosting.rooms[0];
  EXPECT_TRUE(ours.hosted && ours.open && !ours.tor_only && !ours.onion);
  EXPECT_EQ(ours.route, "direct");
  EXPECT_TRUE(ours.addresses.at(0).starts_with("127.0.0.1:"));
  ASSERT_EQ(ours.members.size(), 1U);
  EXPECT_EQ(ours.members[0].name, "bob");
  EXPECT_TRUE(ours.members[0].present);
  EXPECT_EQ(ours.members[0].route, "direct");
  const auto visiting = status_of(bob_);
  ASSERT_EQ(visiting.rooms.size(), 1U);
  EXPECT_FALSE(visiting.rooms[0].hosted);
  EXPECT_EQ(visiting.rooms[0].route, "direct");
  ASSERT_EQ(visiting.rooms[0].members.size(), 1U);
  EXPECT_EQ(visiting.rooms[0].members[0].name, "anna");
  EXPECT_TRUE(visiting.rooms[0].members[0].present);
}

TEST_F(StatusTest, AHostThatIsNotReachedIsSaidAndWhy) {
  must(host(host_, "kitchen"));
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return host_.presence() == Names{"+bob"}; });
  host_.detach();
  until([&] { return guest_.ended().has_value(); });
  must(join(guest_, named("kitchen")));
  until([&] {
    const auto status = status_of(bob_);
    return status.rooms.at(0).open && status.rooms.at(0).trouble.has_value();
  });
  const auto status = status_of(bob_);
  EXPECT_EQ(status.rooms.at(0).route, "");
  EXPECT_FALSE(status.rooms.at(0).members.at(0).present);
}

TEST_F(StatusTest, SurvivesTheWayThroughTheSocket) {
  must(host(host_, "kitchen"));
  auto status = status_of(anna_);
  status.rooms.at(0).onion =
      OnionStatus{"x.onion", 1, true, true, wall_now(), std::nullopt, true, 3};
  status.rooms.at(0).trouble = Error(Errc::rpc_failed, "why");
  const auto back = must(from_json<StatusReply>(to_json(status)));
  EXPECT_EQ(to_json(back).dump(), to_json(status).dump());
  EXPECT_EQ(back.rooms.at(0).onion->clients, 3U);
  EXPECT_TRUE(back.rooms.at(0).trouble->is(Errc::rpc_failed));
}

class StoredStatusTest : public NodeTest {};

TEST_F(StoredStatusTest, WithoutAnOwnerTheStoreTells) {
  Profile anna = profile("anna");
  auto room = add_room(anna, "ops");
  wire::Reach reach;
  reach.onion = wire::OnionAddress{std::string(56, 'a') + ".onion", 4711, std::nullopt};
  reach.tor_only = true;
  room.reach = wire::encode(reach);
  room.tor_only = true;
  must(store::Rooms(anna.database()).put(room));
  const auto status = must(show_status(anna, NoRequest()));
  EXPECT_FALSE(status.agent);
  ASSERT_EQ(status.rooms.size(), 1U);
  EXPECT_FALSE(status.rooms[0].open);
  EXPECT_TRUE(status.rooms[0].tor_only);
  EXPECT_EQ(status.rooms[0].addresses, Names{std::string(56, 'a') + ".onion:4711"});
  EXPECT_TRUE(status.dns_free);
  EXPECT_EQ(status.tor.state, "idle");
}

TEST_F(StoredStatusTest, ANameThatMustBeLookedUpIsSaid) {
  Profile anna = profile("anna");
  auto room = add_room(anna, "lobby");
  room.hosted = false;
  must(store::Rooms(anna.database()).put(room));
  EXPECT_TRUE(must(show_status(anna, NoRequest())).dns_free);
  wire::Reach reach;
  reach.direct.push_back({"host.example", 4711});
  room.reach = wire::encode(reach);
  must(store::Rooms(anna.database()).put(room));
  EXPECT_FALSE(must(show_status(anna, NoRequest())).dns_free);
}

TEST_F(StoredStatusTest, ATorThatWasGivenIsNotAskedForHere) {
  auto options = profile_options(dir_ / "anna", "anna");
  options.tor.control = "/nowhere/control";
  const Profile anna = must(Profile::open(options));
  const auto tor = tor_at_rest(anna);
  EXPECT_EQ(tor.whose, "given");
  EXPECT_EQ(tor.control, "/nowhere/control");
  EXPECT_EQ(tor.version, "");
  EXPECT_FALSE(tor.trouble);
}

}  // namespace
}  // namespace sotto::node
