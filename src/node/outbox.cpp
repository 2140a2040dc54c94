#include "node/outbox.h"

#include <map>

#include "base/encoding.h"
#include "node/perform.h"
#include "node/rendering.h"
#include "node/system.h"
#include "room/delivery.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/deposits.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/rooms.h"

namespace sotto::node {

Result<ListedOutbox> list_outbox(Profile& profile) {
  store::Database& database = profile.database();
  const auto entries = store::Outbox(database).all();
  if (!entries) return std::unexpected(entries.error());
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  std::map<RoomId, std::string> names;
  for (const auto& room : *rooms) names.emplace(room.id, room.name);
  store::Messages messages(database);
  store::Contacts contacts(database);
  const WallTime now = wall_now();
  ListedOutbox listed;
  OutboxReply& out = listed.reply;
  out.total = entries->size();
  for (const store::OutboxEntry& entry : *entries) {
    if (out.messages.size() == outbox_list_limit) break;
    const auto row = messages.find(entry.message_seq);
    if (!row) return std::unexpected(row.error());
    if (!*row) continue;
    const auto message = wire::decode_message((*row)->message);
    if (!message) return std::unexpected(message.error());
    const auto recipient = contacts.by_identity(entry.recipient);
    if (!recipient) return std::unexpected(recipient.error());
    OutboxItem item;
    item.id = id_text(message->id);
    item.room = names[entry.room];
    if (*recipient) {
      item.to = crypto::to_string((*recipient)->fingerprint);
      item.name = (*recipient)->name;
    }
    item.own = message->author == profile.card().identity_pk;
    item.queued = entry.queued;
    item.age = std::max(milliseconds(0), now - entry.queued);
    item.size = message->text.size();
    const auto deposit =
        store::Deposits(database).find(entry.message_seq, entry.room, entry.recipient);
    if (!deposit) return std::unexpected(deposit.error());
    item.relayed = *deposit && !(*deposit)->relays.empty();
    out.messages.push_back(std::move(item));
    listed.rooms.push_back(entry.room);
  }
  return listed;
}

Result<OutboxReply> outbox_of(Profile& profile, const NoRequest&) {
  auto listed = list_outbox(profile);
  if (!listed) return pass(listed);
  return std::move(listed->reply);
}

Result<CancelRequest> take_out(Profile& profile, const CancelRequest& request) {
  const auto bytes = from_hex(request.id);
  const auto written = bytes ? MessageId::from(*bytes) : std::nullopt;
  const MessageId id = written ? *written : room::named_message_id(request.id);
  const auto done = profile.database().transaction([&]() -> Result<void> {
    auto cancelled = room::cancel(profile.database(), profile.card().identity_pk, id);
    if (!cancelled) return pass(cancelled);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return CancelRequest{id_text(id)};
}

Result<OutboxReply> outbox(Access& access) {
  return access.ask<OutboxReply, NoRequest, outbox_of>("outbox", {});
}

Result<CancelRequest> cancel_message(Access& access, const CancelRequest& request) {
  return access.ask<CancelRequest, CancelRequest, take_out>("cancel", request);
}

Result<FlushReply> flush_outbox(Access& access, const FlushRequest& request, EventSink& sink) {
  return perform<FlushRequest, FlushReply, &Agent::flush>(access, "flush", request,
                                                          request.timeout, sink);
}

}  // namespace sotto::node
