#include "node/moderation.h"

#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "base/text.h"

namespace sotto::node {
namespace {

// Runs a function of people.h or rooms.h on the store's thread.
template <class Reply, class Request, Result<Reply> (*function)(Profile&, const Request&)>
Async<Reply> on_store(Agent& agent, Request request) {
  auto job = [&profile = agent.runtime().profile(),
              asked = std::make_shared<Request>(std::move(request))](store::Database&) {
    return function(profile, *asked);
  };
  co_return co_await agent.runtime().store().run<Reply>(std::move(job));
}

Async<store::RoomRow> row_of(Agent& agent, std::string name) {
  auto job = [name = std::move(name)](store::Database& database) {
    return find_room(database, name);
  };
  co_return co_await agent.runtime().store().run<store::RoomRow>(std::move(job));
}

Async<store::ContactRow> contact_of(Agent& agent, std::string who) {
  auto job = [who = std::move(who)](store::Database& database) {
    return find_contact(database, who);
  };
  co_return co_await agent.runtime().store().run<store::ContactRow>(std::move(job));
}

// Changes a contact, then tells the rooms.
template <class Request, Result<ContactInfo> (*function)(Profile&, const Request&)>
Async<ContactInfo> change(Agent& agent, Request request) {
  auto changed = co_await on_store<ContactInfo, Request, function>(agent, std::move(request));
  if (!changed) co_return std::unexpected(changed.error());
  const auto contact = co_await contact_of(agent, changed->fingerprint);
  if (!contact) co_return std::unexpected(contact.error());
  for (const auto& room : agent.open_rooms()) room->on_contact_changed(*contact);
  co_return changed;
}

}  // namespace

Async<ContactInfo> rename_in_rooms(Agent& agent, RenameRequest request) {
  co_return co_await change<RenameRequest, rename_contact>(agent, std::move(request));
}

Async<ContactInfo> block_in_rooms(Agent& agent, BlockRequest request) {
  co_return co_await change<BlockRequest, block_contact>(agent, std::move(request));
}

Async<ContactInfo> verify_in_rooms(Agent& agent, VerifyRequest request) {
  co_return co_await change<VerifyRequest, verify_contact>(agent, std::move(request));
}

Async<RoomsReply> list_rooms(Agent& agent, NoRequest request) {
  auto reply = co_await on_store<RoomsReply, NoRequest, list_rooms>(agent, request);
  if (!reply) co_return std::unexpected(reply.error());
  std::set<std::string> open;
  for (const auto& room : agent.open_rooms()) open.insert(to_hex(room->row().id.view()));
  for (RoomInfo& info : reply->rooms) info.open = open.contains(info.id);
  co_return reply;
}

Async<RoomDetails> show_room(Agent& agent, RoomRequest request) {
  const auto row = co_await row_of(agent, request.room);
  if (!row) co_return std::unexpected(row.error());
  auto details =
      co_await on_store<RoomDetails, RoomRequest, show_room>(agent, std::move(request));
  if (!details) co_return std::unexpected(details.error());
  const auto open = agent.open_room(row->id);
  details->room.open = open != nullptr;
  const auto hosted = std::dynamic_pointer_cast<HostedRoom>(open);
  if (!hosted) co_return details;
  for (MemberInfo& member : details->people) {
    member.present = hosted->is_present(member.fingerprint);
  }
  co_return details;
}

Async<CloseReply> close_room(Agent& agent, RoomRequest request) {
  const auto row = co_await row_of(agent, std::move(request.room));
  if (!row) co_return std::unexpected(row.error());
  const auto open = agent.open_room(row->id);
  if (open) {
    open->close();
    co_await agent.until_closed(row->id);
  }
  co_return CloseReply{row->name, open != nullptr};
}

Async<RoomInfo> remove_room(Agent& agent, RoomRequest request) {
  const auto row = co_await row_of(agent, request.room);
  if (!row) co_return std::unexpected(row.error());
  std::vector<RoomId> rooms{row->id};
  const auto shut = co_await agent.keep_shut(std::move(rooms));
  if (!shut) co_return std::unexpected(shut.error());
  co_return co_await on_store<RoomInfo, RoomRequest, remove_room>(agent, std::move(request));
}

Async<KickReply> kick(Agent& agent, KickRequest request) {
  const auto row = co_await row_of(agent, request.room);
  if (!row) co_return std::unexpected(row.error());
  auto reply = co_await on_store<KickReply, KickRequest, kick>(agent, std::move(request));
  if (!reply) co_return std::unexpected(reply.error());
  const auto contact = co_await contact_of(agent, reply->who.fingerprint);
  if (!contact) co_return std::unexpected(contact.error());
  const auto hosted = std::dynamic_pointer_cast<HostedRoom>(agent.open_room(row->id));
  if (hosted) hosted->dismiss(contact->identity_pk);
  co_await refresh_onions(agent);
  co_return reply;
}

boost::asio::awaitable<void> refresh_onions(Agent& agent) {
  for (const auto& room : agent.open_rooms()) {
    const auto hosted = std::dynamic_pointer_cast<HostedRoom>(room);
    if (!hosted) continue;
    hosted->refresh_records();
    const auto told = co_await hosted->refresh_onion();
    if (told) continue;
    log(LogLevel::warning, "The onion service of " + displayable(hosted->row().name) +
                               " does not know yet who may reach it: " + told.error().text());
  }
}

}  // namespace sotto::node
