#include "cli/render_status.h"

#include <gtest/gtest.h>

#include "tor/errors.h"
#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

constexpr const char* time_text = "2027-01-15T08:00:00.000Z";

node::StatusReply busy() {
  node::StatusReply out;
  out.agent = node::AgentStatus{4711, from_unix_ms(1'800'000'000'000), 2, {true, true, ""}};
  node::RoomStatus room;
  room.name = "ops";
  room.id = "0a";
  room.hosted = room.open = room.tor_only = true;
  room.route = "onion";
  room.addresses = {"x.onion:4711"};
  room.members = {{"bob", "efgh", true, true, "onion", std::nullopt},
                  {"carl", "ijkl", false, false, "", from_unix_ms(1'800'000'000'000)}};
  room.onion = node::OnionStatus{
      "x.onion", 4711, true, true, from_unix_ms(1'800'000'000'000), std::nullopt, true, 3};
  out.rooms.push_back(room);
  out.tor = {"ready", "0.4.9.11", "own", "/h/tor/control", 100, "Done", std::nullopt, 7, 1};
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Status, TakesAWatch) {
  EXPECT_FALSE(command<StatusCommand>({"status"}).watch);
  EXPECT_TRUE(command<StatusCommand>({"status", "--watch"}).watch);
  EXPECT_NE(refusal({"status", "lobby"}).find("lobby"), std::string::npos);
}

TEST(StatusJson, HoldsEveryKeyAlsoWhereNothingIs) {
  node::StatusReply quiet;
  quiet.tor.state = "idle";
  EXPECT_EQ(status_json(quiet),
            R"({"agent":null,"rooms":[],"tor":{"state":"idle","version":null,"whose":null,)"
            R"("control":null,"bootstrap":0,"summary":null,"trouble":null,"circuits":0,)"
            R"("restarts":0},"dns_free":true})"
            "\n");
  const std::string time = "\"" + std::string(time_text) + "\"";
  EXPECT_EQ(
      status_json(busy()),
      R"({"agent":{"pid":4711,"since":)" + time +
          R"(,"clients":2,"sandbox":{"files":true,"calls":true,"why":""}},"rooms":[{"name":"ops",)" +
          R"("id":"0a","hosted":true,"open":true,"tor_only":true,"route":"onion",)" +
          R"("addresses":["x.onion:4711"],"members":[{"name":"bob","fingerprint":"efgh",)" +
          R"("verified":true,"present":true,"route":"onion","last_seen":null},{"name":"carl",)" +
          R"("fingerprint":"ijkl","verified":false,"present":false,"route":null,"last_seen":)" +
          time + R"(}],"onion":{"address":"x.onion","port":4711,"uploaded":true,)" +
          R"("reachable":true,"last_probe":)" + time +
          R"(,"trouble":null,"proof_of_work":true,"clients":3},"relays":[],"trouble":null}],"tor":)" +
          R"({"state":"ready","version":"0.4.9.11","whose":"own","control":"/h/tor/control",)" +
          R"("bootstrap":100,"summary":"Done","trouble":null,"circuits":7,"restarts":1},)" +
          "\"dns_free\":true}\n");
}

TEST(StatusJson, NamesATrouble) {
  node::StatusReply stuck;
  stuck.tor.trouble = Error(tor::Errc::program_missing, "There is no tor.");
  EXPECT_TRUE(
      has(status_json(stuck), R"("trouble":{"code":"tor.missing","text":"There is no tor."})"));
}

TEST(StatusText, IsForPeople) {
  const std::string text = status_text(busy(), Style());
  EXPECT_TRUE(has(text, "agent  process 4711  since "));
  EXPECT_TRUE(has(text, "  2 clients  confined\n"));
  EXPECT_TRUE(
      has(text,
          "tor    ready  0.4.9.11  of this profile  /h/tor/control  7 circuits  brought "
          "back 1 time\n       bootstrap 100 %  Done\n"));
  EXPECT_TRUE(has(text, "ops  yours  open  onion  Tor only\n  x.onion:4711\n"));
  EXPECT_TRUE(has(text, "  onion service  reachable  last probe "));
  EXPECT_TRUE(has(text, "  3 clients with keys  proof of work\n"));
  EXPECT_TRUE(has(text, "  \xe2\x9c\x93 bob  here, onion\n  ? carl  last seen "));
  EXPECT_TRUE(has(text, "dns    not needed"));
}

TEST(StatusText, SaysWhatIsWrong) {
  auto status = busy();
  status.agent.reset();
  status.dns_free = false;
  status.tor.trouble = Error(tor::Errc::clock_skew, "The clock is off.");
  auto& room = status.rooms.at(0);
  room.onion->reachable = false;
  room.onion->trouble = Error(tor::Errc::not_published, "Nobody answers.");
  room.trouble = Error(tor::Errc::rendezvous, "Not reached.");
  const std::string text = status_text(status, Style());
  for (const char* part :
       {"agent  none", "\n       The clock is off.\n", "\n  Nobody answers.\n",
        "\n  Not reached.\n", "  onion service  uploaded", "dns    needed"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
}

TEST(StatusText, ShowsForeignTextWithoutHarm) {
  auto status = busy();
  status.rooms.at(0).name = status.rooms.at(0).members.at(0).name = "x\x1b[31m\ny";
  status.tor.summary = status.rooms.at(0).addresses.at(0) = "z\x1b[31m";
  const std::string text = status_text(status, Style());
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\ny"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
