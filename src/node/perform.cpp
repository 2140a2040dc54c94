#include "node/perform.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "node/errors.h"
#include "node/event_json.h"
#include "node/rpc_client.h"
#include "node/system.h"

namespace sotto::node {
namespace {

// Beyond its own limit, what an owner may take to say that a method has failed.
constexpr milliseconds owner_slack{15'000};

Owner::OnNotice told_to(EventSink& sink) {
  return [&sink](const std::string&, const Json& params) {
    const Json* json = params.find("event");
    const auto event = json == nullptr ? std::nullopt : event_from_json(*json);
    if (event) sink.on_event(*event, wall_now());
    return false;
  };
}

Async<bool> call(Agent& agent, Agent::ClientId client, std::string method,
                 std::shared_ptr<Json> params,
                 std::shared_ptr<std::optional<Result<Json>>> out) {
  auto reply = co_await agent.call(client, std::move(method), std::move(*params));
  out->emplace(std::move(reply));
  co_return true;
}

// The first signal ends what is under way in good order, a second one at once.
void take_signals(boost::asio::signal_set& signals, Runtime& runtime, Agent& agent,
                  std::optional<Error>& ended_by) {
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    if (ended_by) return runtime.loop().stop();
    ended_by = signal_error(number);
    agent.close_all();
    take_signals(signals, runtime, agent, ended_by);
  });
}

}  // namespace

Error signal_error(int signal) {
  return signal == SIGINT ? Error(Errc::interrupted, "Interrupted.")
                          : Error(Errc::terminated, "Terminated.");
}

std::optional<Error> run_alone(Profile& profile, EventSink& sink, AloneWork work) {
  Runtime runtime(profile);
  std::optional<Error> ended_by;
  {
    Agent agent(runtime);
    const auto client = agent.attach(told_to(sink));
    boost::asio::signal_set signals(runtime.loop(), SIGINT, SIGTERM, SIGHUP);
    take_signals(signals, runtime, agent, ended_by);
    auto leave = [&](const std::exception_ptr& thrown, const Result<bool>&) {
      if (thrown) std::rethrow_exception(thrown);
      agent.detach(client);
      agent.close_all();
      boost::asio::co_spawn(
          runtime.executor(), agent.wait_idle(),
          [&](const std::exception_ptr&, const Result<void>&) { runtime.loop().stop(); });
    };
    boost::asio::co_spawn(runtime.executor(), work(agent, client), std::move(leave));
    runtime.loop().run();
    runtime.store().stop();
  }
  return ended_by;
}

Result<Json> ask_owner(RpcClient& owner, const std::string& method, Json params,
                       milliseconds limit, EventSink& sink) {
  owner.set_on_notice(told_to(sink));
  auto reply = owner.ask(method, std::move(params), limit + owner_slack);
  owner.set_on_notice(nullptr);
  return reply;
}

Result<Json> perform(Access& access, const std::string& method, Json params, milliseconds limit,
                     EventSink& sink) {
  if (access.owner() != nullptr) {
    return ask_owner(*access.owner(), method, std::move(params), limit, sink);
  }
  auto asked = std::make_shared<Json>(std::move(params));
  auto out = std::make_shared<std::optional<Result<Json>>>();
  const auto signal = run_alone(*access.profile(), sink,
                                [method, asked, out](Agent& agent, Agent::ClientId client) {
                                  return call(agent, client, method, asked, out);
                                });
  if (signal) return std::unexpected(*signal);  // which may have come before any answer
  return std::move(**out);
}

}  // namespace sotto::node
