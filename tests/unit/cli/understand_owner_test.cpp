// The words of listen, agent and rpc.
#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

TEST(Listen, TakesOneRoomOrAll) {
  const auto all = command<ListenCommand>({"listen", "--bind", "127.0.0.1"});
  EXPECT_TRUE(all.every_room);
  EXPECT_EQ(all.host.bind, "127.0.0.1");
  EXPECT_FALSE(all.exec);
  const auto one = command<ListenCommand>(
      {"listen", "alerts", "--port", "4711", "--open", "--ttl", "5m", "--exec", "logger -t x"});
  EXPECT_FALSE(one.every_room);
  EXPECT_EQ(one.host.room, "alerts");
  EXPECT_EQ(one.host.port, 4711);
  EXPECT_TRUE(one.host.open);
  EXPECT_EQ(one.host.ttl, std::chrono::minutes(5));
  EXPECT_EQ(one.exec, "logger -t x");
}

TEST(Listen, WhatIsAboutOneRoomNeedsOne) {
  EXPECT_EQ(refusal({"listen", "--port", "4711"}),
            "--port is about one room: say which, as in `sotto listen ROOM --port`.");
  EXPECT_NE(refusal({"listen", "--open"}).find("--open"), std::string::npos);
  EXPECT_EQ(refusal({"listen", "alerts", "--exec", ""}), "--exec needs a command.");
}

TEST(Agent, RunsOrStops) {
  EXPECT_FALSE(command<AgentCommand>({"agent"}).stop);
  EXPECT_FALSE(command<AgentCommand>({"agent", "run"}).stop);
  EXPECT_TRUE(command<AgentCommand>({"agent", "stop"}).stop);
  EXPECT_EQ(refusal({"agent", "walk"}), "sotto agent takes run or stop, not 'walk'.");
}

TEST(Rpc, TakesAMethodAndItsParameters) {
  const auto plain = command<RpcCommand>({"rpc", "id"});
  EXPECT_EQ(plain.method, "id");
  EXPECT_FALSE(plain.params);
  const auto full =
      command<RpcCommand>({"rpc", "history", R"({"who":"bob"})", "--timeout", "5s"});
  EXPECT_EQ(full.params, R"({"who":"bob"})");
  EXPECT_EQ(full.timeout, std::chrono::seconds(5));
  EXPECT_TRUE(parse_words({"rpc", "send", "-"}).value().reads_standard_input);
  EXPECT_NE(refusal({"rpc"}).find("METHOD"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
