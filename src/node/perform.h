// One method of the owner, carried out to its end for a command: by the process that owns the
// profile, or, where there is none, by this one without owning it, so that another may do the
// same meanwhile.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/access.h"
#include "node/agent.h"
#include "node/events.h"

namespace sotto::node {

// What a command ends with that SIGINT, SIGTERM or SIGHUP has ended.
Error signal_error(int signal);

// Runs `work` on an agent of our own until it ends; `sink` hears what is told meanwhile.  The
// error of a signal that has ended it before its time.
using AloneWork = std::function<Async<bool>(Agent& agent, Agent::ClientId client)>;
std::optional<Error> run_alone(Profile& profile, EventSink& sink, AloneWork work);

// Asks the owner; `limit` is what the method itself may take.
Result<Json> ask_owner(RpcClient& owner, const std::string& method, Json params,
                       milliseconds limit, EventSink& sink);

// Any method by its name.
Result<Json> perform(Access& access, const std::string& method, Json params, milliseconds limit,
                     EventSink& sink);

template <class Request, class Reply, Async<Reply> (Agent::*function)(Agent::ClientId, Request)>
Async<bool> carry_out(Agent& agent, Agent::ClientId client, std::shared_ptr<Request> request,
                      std::shared_ptr<std::optional<Result<Reply>>> out) {
  auto reply = co_await (agent.*function)(client, std::move(*request));
  out->emplace(std::move(reply));
  co_return true;
}

// A method whose reply has an `error` of its own, for what it did not come to.
template <class Request, class Reply, Async<Reply> (Agent::*function)(Agent::ClientId, Request)>
Result<Reply> perform(Access& access, const char* method, Request request, milliseconds limit,
                      EventSink& sink) {
  if (access.owner() != nullptr) {
    const auto reply = ask_owner(*access.owner(), method, to_json(request), limit, sink);
    if (!reply) return std::unexpected(reply.error());
    return from_json<Reply>(*reply);
  }
  auto asked = std::make_shared<Request>(std::move(request));
  auto out = std::make_shared<std::optional<Result<Reply>>>();
  const auto signal =
      run_alone(*access.profile(), sink, [asked, out](Agent& agent, Agent::ClientId client) {
        return carry_out<Request, Reply, function>(agent, client, asked, out);
      });
  if (!*out) return std::unexpected(*signal);  // the second one
  Result<Reply> reply = std::move(**out);
  if (signal && !reply) return std::unexpected(*signal);
  if (signal && reply->error) reply->error = *signal;
  return reply;
}

}  // namespace sotto::node
