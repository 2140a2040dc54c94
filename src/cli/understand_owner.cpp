// agent, rpc, status.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

constexpr const char* agent_actions = "run stop";

Result<AgentCommand> understand_agent(const Words& words) {
  const auto action = understand_action(words, "agent", agent_actions);
  if (!action) return std::unexpected(action.error());
  return AgentCommand{*action == 1};
}

Result<RpcCommand> understand_rpc(const Words& words) {
  RpcCommand out;
  auto method = words.need("rpc", "METHOD");
  if (!method) return pass(method);
  out.method = std::move(*method);
  out.params = words.text("JSON");
  if (auto limit = understand_timeout(words, out.timeout); !limit) return pass(limit);
  return out;
}

Result<Command> status(const Words& words) {
  return Command(StatusCommand{words.has("--watch")});
}
Result<Command> agent(const Words& words) {
  return widened(understand_agent(words));
}
Result<Command> rpc(const Words& words) {
  return widened(understand_rpc(words));
}

}  // namespace

CommandSpec agent_spec() {
  return {
      .name = "agent",
      .about = "Keep the profile open for other commands, without a room",
      .examples =
          "  sotto agent run &      sends find their links warm, what waits leaves by itself\n"
          "  sotto agent stop       ends whatever process owns the profile, and waits until it "
          "has",
      .flags = {{.names = "ACTION",
                 .about = "run (the default) or stop",
                 .choices = agent_actions}},
      .understand = agent};
}

CommandSpec rpc_spec() {
  return {
      .name = "rpc",
      .about = "Call one method of docs/rpc.md",
      .examples =
          "  sotto rpc id\n"
          "  sotto rpc history '{\"who\":\"lobby\",\"limit\":5}' | jq .messages\n"
          "  sotto rpc send - < request.json     `ps` shows what stands in a command\n\n"
          "Through the process that owns the profile if there is one, else by itself.",
      .flags = {{.names = "METHOD", .about = "Such as send, history, outbox", .required = true},
                {.names = "JSON",
                 .about = "Its parameters, an object (-: from standard input)",
                 .input = "the parameters"},
                {.names = "--timeout",
                 .type = "TIME",
                 .about = "Give up after this long (default 60s)"}},
      .understand = rpc};
}

CommandSpec status_spec() {
  return {
      .name = "status",
      .about = "Show what runs: rooms, who is in them, tor, the owner",
      .examples =
          "  sotto status\n"
          "  sotto status --watch                          again whenever it changes\n"
          "  sotto status --json | jq '.rooms[].onion'     address, uploaded, last probe\n\n"
          "Nothing is started or connected to for it.",
      .flags = {{.names = "--watch",
                 .kind = FlagSpec::Kind::on,
                 .about = "Go on until interrupted, and show each change"}},
      .understand = status};
}

}  // namespace sotto::cli
