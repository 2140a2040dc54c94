#include "node/methods.h"

#include <algorithm>

#include "node/commands.h"
#include "node/invites.h"
#include "node/json_fields.h"
#include "node/messages.h"
#include "node/open_visit.h"
#include "node/queries.h"

namespace sotto::node {
namespace {

using ClientId = Agent::ClientId;

// A method that one function of the agent carries out.
template <class Request, class Reply, Async<Reply> (Agent::*function)(ClientId, Request)>
Async<Json> at_agent(Agent& agent, ClientId client, Json params) {
  auto request = from_json<Request>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto reply = co_await (agent.*function)(client, std::move(*request));
  if (!reply) co_return std::unexpected(reply.error());
  co_return to_json(*reply);
}

// A method that one function carries out on the store's thread.
template <class Request, class Reply, Result<Reply> (*function)(Profile&, const Request&)>
Async<Json> at_store(Agent& agent, ClientId, Json params) {
  auto request = from_json<Request>(params);
  if (!request) co_return std::unexpected(request.error());
  auto job = [&profile = agent.runtime().profile(),
              asked = std::make_shared<Request>(std::move(*request))](store::Database&) {
    return function(profile, *asked);
  };
  const auto reply = co_await agent.runtime().store().run<Reply>(std::move(job));
  if (!reply) co_return std::unexpected(reply.error());
  co_return to_json(*reply);
}

// A method that one function carries out on what the owner runs on.
template <class Request, class Reply, Async<Reply> (*function)(Runtime&, Request)>
Async<Json> at_runtime(Agent& agent, ClientId, Json params) {
  auto request = from_json<Request>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto reply = co_await function(agent.runtime(), std::move(*request));
  if (!reply) co_return std::unexpected(reply.error());
  co_return to_json(*reply);
}

Async<Json> leave(Agent& agent, ClientId client, Json params) {
  const auto request = from_json<RoomRequest>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto left = agent.leave(client, *request);
  if (!left) co_return std::unexpected(left.error());
  co_return Json(true);
}

constexpr Method methods[] = {
    {"host", "Opens a room of this profile and holds it; `event` and `ended` follow.",
     at_agent<HostRequest, OpenedReply, &Agent::host>},
    {"join", "Enters a room of somebody else and holds it; `event` and `ended` follow.",
     at_agent<JoinRequest, OpenedReply, &Agent::join>},
    {"leave", "Lets go of a room; it closes when nobody else holds it.", leave},
    {"say", "Queues one message in a room that this client holds.",
     at_agent<SayRequest, bool, &Agent::say>},
    {"drain", "Answers once the host has everything that this room's outbox held.",
     at_agent<RoomRequest, bool, &Agent::drain>},
    {"shown", "Marks messages as shown to a person or their script.",
     at_agent<ShownRequest, bool, &Agent::shown>},
    {"send", "Sends messages to a room and waits for their delivery.",
     at_agent<SendRequest, Sent, &Agent::send>},
    {"peek", "Reads the card of the host of an open room; nothing is kept.",
     at_runtime<PeekRequest, PeekReply, peek_open_room>},
    {"outbox", "What waits in the outbox, and for whom.",
     at_agent<NoRequest, OutboxReply, &Agent::outbox>},
    {"flush", "Tries to deliver everything that waits in the outbox now.",
     at_agent<FlushRequest, FlushReply, &Agent::flush>},
    {"cancel", "Takes a message out of the outbox.",
     at_store<CancelRequest, CancelRequest, take_out>},
    {"known", "Whether a room or contact has this name.",
     at_store<NameRequest, KnownReply, known>},
    {"id", "The name, fingerprint and card of this profile.",
     at_store<NoRequest, OwnCard, identify>},
    {"invite", "Makes an invite of a hosted room: the content of its connection file.",
     at_store<InviteRequest, InviteReply, make_invite>},
    {"withdraw", "Revokes an invite.",
     at_store<InviteIdRequest, InviteIdRequest, revoke_invite>},
    {"import", "Keeps the room that a connection file leads to.",
     at_store<TargetRequest, Imported, import_target>},
    {"history", "The messages of a room.",
     at_store<HistoryOptions, HistoryReply, read_history>},
};

}  // namespace

std::span<const Method> all_methods() {
  return methods;
}

const Method* find_method(std::string_view name) {
  const auto at = std::ranges::find(methods, name, &Method::name);
  return at == std::end(methods) ? nullptr : at;
}

}  // namespace sotto::node
