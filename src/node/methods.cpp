#include "node/methods.h"

#include <algorithm>

#include "node/commands.h"
#include "node/forget.h"
#include "node/history.h"
#include "node/invite_list.h"
#include "node/invites.h"
#include "node/json_fields.h"
#include "node/messages.h"
#include "node/moderation.h"
#include "node/open_visit.h"
#include "node/people.h"
#include "node/presence.h"
#include "node/queries.h"
#include "node/status.h"

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

// The same, where the invites of a room change with it: onion services that are published are
// told who may read their descriptors before the answer goes out.
template <class Request, class Reply, Result<Reply> (*function)(Profile&, const Request&)>
Async<Json> at_invites(Agent& agent, ClientId client, Json params) {
  auto reply = co_await at_store<Request, Reply, function>(agent, client, std::move(params));
  if (!reply) co_return reply;
  co_await refresh_onions(agent);
  co_return reply;
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

// A method that concerns the store and the rooms that are open.
template <class Request, class Reply, Async<Reply> (*function)(Agent&, Request)>
Async<Json> at_rooms(Agent& agent, ClientId, Json params) {
  auto request = from_json<Request>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto reply = co_await function(agent, std::move(*request));
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

// Beside the store's thread: it may take long.
Async<Json> history(Agent& agent, ClientId, Json params) {
  auto request = from_json<HistoryPageRequest>(params);
  if (!request) co_return std::unexpected(request.error());
  auto job = [&profile = agent.runtime().profile(),
              asked = std::make_shared<HistoryPageRequest>(std::move(*request))](
                 store::Database& database) {
    return read_history_page(profile, database, *asked);
  };
  const auto page = co_await agent.runtime().reader().run<HistoryPage>(std::move(job));
  if (!page) co_return std::unexpected(page.error());
  co_return to_json(*page);
}

constexpr Method methods[] = {
    {"host", "Opens a room of this profile and holds it; `event` and `ended` follow.",
     at_agent<HostRequest, OpenedReply, &Agent::host>},
    {"join", "Enters a room of somebody else and holds it; `event` and `ended` follow.",
     at_agent<JoinRequest, OpenedReply, &Agent::join>},
    {"leave", "Lets go of a room; it closes when nobody else holds it.", leave},
    {"say", "Queues one message in a room that this client holds.",
     at_agent<SayRequest, SaidReply, &Agent::say>},
    {"send_file",
     "Sends one file in a room that this client holds; answers once it has arrived.",
     at_agent<SendFileRequest, FilesReply, &Agent::send_file>},
    {"presence", "Who is in an open room, by which way, and the round trip; keeps that fresh.",
     at_rooms<RoomRequest, PresenceReply, show_presence>},
    {"drain", "Answers once the host has everything that this room's outbox held.",
     at_agent<RoomRequest, bool, &Agent::drain>},
    {"shown", "Marks messages as shown to a person or their script.",
     at_agent<ShownRequest, bool, &Agent::shown>},
    {"send", "Sends messages to a room and waits for their delivery.",
     at_agent<SendRequest, Sent, &Agent::send>},
    {"peek", "Reads the card of the host of an open room; nothing is kept.",
     at_runtime<PeekRequest, PeekReply, peek_open_room>},
    {"listen", "Opens every room that this profile hosts, and holds them.",
     at_agent<ListenRequest, HeldReply, &Agent::listen>},
    {"attend", "Holds no room, but keeps the owner going until this client leaves.",
     at_agent<NoRequest, HeldReply, &Agent::attend>},
    {"stop", "Asks every client to leave, so that the owner ends.",
     at_agent<NoRequest, bool, &Agent::stop>},
    {"outbox", "What waits in the outbox, and for whom.",
     at_agent<NoRequest, OutboxReply, &Agent::outbox>},
    {"flush", "Tries to deliver everything that waits in the outbox now.",
     at_agent<FlushRequest, FlushReply, &Agent::flush>},
    {"cancel", "Takes a message out of the outbox.",
     at_store<CancelRequest, CancelRequest, take_out>},
    {"compare", "Live verification: what both persons are to see, once both wait.",
     at_agent<LiveRequest, LiveReply, &Agent::compare>},
    {"confirm", "The person's answer to `compare`; ends once the other has answered as well.",
     at_agent<ConfirmRequest, ContactInfo, &Agent::confirm>},
    {"status", "The owner, the rooms with who is in them, and tor; nothing is started for it.",
     at_rooms<NoRequest, StatusReply, show_status>},
    {"known", "Whether a room or contact has this name.",
     at_store<NameRequest, KnownReply, known>},
    {"id", "The name, fingerprint and card of this profile.",
     at_store<NoRequest, OwnCard, identify>},
    {"invite", "Makes an invite of a hosted room: the content of its connection file.",
     at_invites<InviteRequest, InviteReply, make_invite>},
    {"withdraw", "Revokes an invite.",
     at_invites<InviteIdRequest, InviteIdRequest, revoke_invite>},
    {"import", "Keeps the room that a connection file leads to.",
     at_store<TargetRequest, Imported, import_target>},
    {"history", "A page of the messages of a room or contact.", history},
    {"contacts", "Everybody this profile knows.",
     at_store<NoRequest, ContactsReply, list_contacts>},
    {"contact", "One contact, with the safety number.",
     at_store<WhoRequest, ContactInfo, show_contact>},
    {"rename", "Gives a contact another name of ours.",
     at_rooms<RenameRequest, ContactInfo, rename_in_rooms>},
    {"block", "Blocks a contact, who is cut off at once, or unblocks one.",
     at_rooms<BlockRequest, ContactInfo, block_in_rooms>},
    {"remove_contact", "Forgets a contact that no room needs.",
     at_store<WhoRequest, ContactInfo, remove_contact>},
    {"verify", "Records that a contact's fingerprint was compared.",
     at_rooms<VerifyRequest, ContactInfo, verify_in_rooms>},
    {"rooms", "The rooms of this profile, and which are open.",
     at_rooms<NoRequest, RoomsReply, list_rooms>},
    {"room", "One room, its people and who is present.",
     at_rooms<RoomRequest, RoomDetails, show_room>},
    {"close", "Closes a room for everybody who holds it.",
     at_rooms<RoomRequest, CloseReply, close_room>},
    {"remove_room", "Deletes a room with its history.",
     at_rooms<RoomRequest, RoomInfo, remove_room>},
    {"kick", "Removes a member of a room of ours.", at_rooms<KickRequest, KickReply, kick>},
    {"invites", "The invites that were given out.",
     at_store<InvitesRequest, InvitesReply, list_invites>},
    {"revoke", "Takes an invite back, by its id or the beginning of it.",
     at_invites<InviteIdRequest, InviteInfo, revoke>},
    {"forgettable", "What `forget` would destroy.",
     at_store<ForgetRequest, ForgetPlan, plan_forgetting>},
    {"forget", "Destroys the history and keys of a room or contact; open rooms are closed.",
     at_agent<ForgetRequest, Forgotten, &Agent::forget>},
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
