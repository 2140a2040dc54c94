#include "node/agent.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "node/errors.h"
#include "node/event_json.h"
#include "node/json_fields.h"
#include "node/mail_desk.h"
#include "node/messages.h"
#include "node/methods.h"
#include "node/rendering.h"
#include "node/system.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds closing_poll{5};

std::unexpected<Error> not_open(const std::string& name) {
  return fail(room::Errc::unknown, "The room " + displayable(name) + " is not open here.");
}

}  // namespace

Agent::Agent(Runtime& runtime) : Agent(runtime, desk_opener(runtime)) {}

Agent::Agent(Runtime& runtime, OpenDesk open_desk)
    : runtime_(runtime),
      live_(runtime.executor(),
            [this](const RoomId& room, const wire::VerificationStep& step,
                   const std::optional<crypto::Hash64>& binding) {
              send_step(room, step, binding);
            }),
      changed_(runtime.executor(), boost::asio::steady_timer::time_point::max()),
      stopped_(runtime.executor(), boost::asio::steady_timer::time_point::max()),
      mail_(*this, std::move(open_desk)) {}

Agent::~Agent() = default;

std::unexpected<Error> client_is_gone() {
  return fail(Errc::rpc_failed, "Nobody is left to hold the room.");
}

Agent::ClientId Agent::attach(Owner::OnNotice on_notice) {
  clients_.emplace(next_client_, std::move(on_notice));
  courier_.wake();
  return next_client_++;
}

void Agent::detach(ClientId client) {
  clients_.erase(client);
  give_up(client);
  std::vector<RoomId> held;
  for (const auto& [id, entry] : rooms_) {
    if (entry.holders.contains(client)) held.push_back(id);
  }
  for (const RoomId& id : held) release(id, client);
  if (clients_.empty()) close_idle();
  changed_.cancel();
}

Async<Json> Agent::call(ClientId client, std::string method, Json params) {
  const Method* found = find_method(method);
  if (found == nullptr) {
    co_return fail(Errc::rpc_method, "There is no method called " + displayable(method) +
                                         ". `docs/rpc.md` lists them.");
  }
  co_return co_await found->run(*this, client, std::move(params));
}

void Agent::close_all() {
  stopping_ = true;
  stopped_.cancel();
  for (const auto& [id, entry] : rooms_) entry.room->close();
}

Async<void> Agent::wait_idle() {
  while (!rooms_.empty() || !clients_.empty()) {
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return co_await runtime_.tor().stop();
}

// --- rooms and who holds them

Agent::Entry* Agent::find(const std::string& name) {
  for (auto& [id, entry] : rooms_) {
    if (entry.room->row().name == name) return &entry;
  }
  return nullptr;
}

Agent::Entry* Agent::find_held(ClientId client, const std::string& name) {
  Entry* const entry = find(name);
  return entry != nullptr && entry->holders.contains(client) ? entry : nullptr;
}

OpenedReply Agent::hold(Entry& entry, ClientId client) {
  entry.holders.insert(client);
  return {entry.room->row().name};
}

void Agent::greet(const Entry& entry, ClientId client) {
  for (const Event& event : entry.room->greeting()) {
    notify(client, entry.room->row().id, event, std::nullopt);
  }
}

void Agent::release(const RoomId& id, ClientId client) {
  const auto at = rooms_.find(id);
  if (at == rooms_.end() || at->second.holders.erase(client) == 0) return;
  at->second.room->on_released(client);
  if (at->second.holders.empty()) at->second.room->close();
}

// A link that is kept warm keeps nobody waiting once the last client has left.
void Agent::close_idle() {
  for (const auto& [id, entry] : rooms_) {
    if (entry.holders.empty() && entry.watchers.empty()) entry.room->close();
  }
}

bool Agent::notify(ClientId client, const RoomId& room, const Event& event,
                   std::optional<std::int64_t> seq) {
  const auto at = clients_.find(client);
  if (at == clients_.end()) return false;
  Json params = Json().set("room", to_hex(room.view()));
  if (seq) params.set("seq", *seq);
  params.set("event", event_to_json(event, wall_now()));
  // A copy: the client may detach while it is told.
  const Owner::OnNotice notice = at->second;
  return notice("event", params);
}

void Agent::on_room_event(const RoomId& room, const Event& event,
                          std::optional<std::int64_t> seq) {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return;
  bool was_shown = false;
  const std::set<ClientId> holders = at->second.holders;
  const std::multiset<ClientId> watchers = at->second.watchers;
  for (const ClientId client : holders)
    was_shown = notify(client, room, event, seq) || was_shown;
  // Messages are for those who are in the room.
  for (const ClientId client : watchers) {
    if (!seq && !holders.contains(client)) notify(client, room, event, seq);
  }
  // A message may be for others, too, who are away.
  if (seq) mail_.look(room);
  if (was_shown && seq) {
    asio::co_spawn(runtime_.executor(), shown(0, {{*seq}}), asio::detached);
  }
}

void Agent::on_room_ended(const RoomId& room, const Result<void>& why) {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return;
  Json params = Json().set("room", to_hex(room.view()));
  if (!why) params.set("error", error_to_json(why.error()));
  const Entry entry = std::move(at->second);
  rooms_.erase(at);
  for (const ClientId client : entry.holders) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) continue;
    const Owner::OnNotice notice = found->second;
    notice("ended", params);
  }
  // The room itself is still on the stack: let it return first.
  asio::post(runtime_.executor(), [room_object = entry.room] {});
  changed_.cancel();
  courier_.wake();
}

// Marks the messages, then tells their authors.
Async<bool> Agent::shown(ClientId, ShownRequest request) {
  using Owed = std::set<room::OwedReceipt>;
  auto job = [seqs = std::move(request.seqs), self = runtime_.profile().card().identity_pk](
                 store::Database& database) -> Result<Owed> {
    Owed owed;
    for (const std::int64_t seq : seqs) {
      const auto receipt = room::shown(database, self, seq);
      if (!receipt) return std::unexpected(receipt.error());
      if (*receipt) owed.insert(**receipt);
    }
    return owed;
  };
  const auto owed = co_await runtime_.store().run<Owed>(std::move(job));
  if (!owed) co_return std::unexpected(owed.error());
  for (const auto& [room, author] : *owed) {
    const auto at = rooms_.find(room);
    if (at != rooms_.end()) at->second.room->tell_read(author);
  }
  co_return true;
}

std::shared_ptr<OpenRoom> Agent::open_room(const RoomId& id) const {
  const auto at = rooms_.find(id);
  return at == rooms_.end() ? nullptr : at->second.room;
}

std::vector<std::shared_ptr<OpenRoom>> Agent::open_rooms() const {
  std::vector<std::shared_ptr<OpenRoom>> out;
  for (const auto& [id, entry] : rooms_) out.push_back(entry.room);
  return out;
}

asio::awaitable<void> Agent::until_closed(RoomId id) {
  net::AsioTimer timer(runtime_.executor());
  for (auto at = rooms_.find(id); at != rooms_.end() && at->second.room->closing();
       at = rooms_.find(id)) {
    co_await timer.sleep_until(timer.now() + closing_poll);
  }
}

// For who holds a mark that the room is about to open.
Async<void> Agent::may_open(RoomId id) {
  co_await until_closed(id);
  if (is_kept_shut(id)) {
    co_return fail(room::Errc::unknown, "The room is being removed at this moment.");
  }
  co_return Result<void>();
}

// Emits what was committed but perhaps never shown.
Async<bool> Agent::show_missed(RoomId room) {
  using Missed = std::vector<std::pair<std::int64_t, MessageEvent>>;
  const auto open = rooms_.find(room);
  if (open == rooms_.end()) co_return true;
  auto job = [room, name = open->second.room->row().name](store::Database& database) {
    return missed_messages(database, room, name);
  };
  const auto missed = co_await runtime_.store().run<Missed>(std::move(job));
  if (!missed) co_return std::unexpected(missed.error());
  for (const auto& [seq, event] : *missed) on_room_event(room, event, seq);
  co_return true;
}

Result<void> Agent::leave(ClientId client, const RoomRequest& request) {
  Entry* const entry = find_held(client, request.room);
  if (entry == nullptr) return not_open(request.room);
  const RoomId id = entry->room->row().id;
  if (entry->holders.size() > 1) {
    // Others stay: this client alone is told that it is over.
    entry->holders.erase(client);
    entry->room->on_released(client);
    notify(client, id, ClosedEvent{"left"}, std::nullopt);
    const auto at = clients_.find(client);
    if (at == clients_.end()) return {};
    const Owner::OnNotice notice = at->second;
    notice("ended", Json().set("room", to_hex(id.view())));
  } else {
    entry->room->close();
  }
  return {};
}

Async<SaidReply> Agent::say(ClientId client, SayRequest request) {
  Entry* const entry = find_held(client, request.room);
  if (entry == nullptr) co_return not_open(request.room);
  const auto room = entry->room;
  if (auto checked = check_text(request.text); !checked) {
    co_return std::unexpected(checked.error());
  }
  SendRequest message;
  message.texts.push_back(std::move(request.text));
  auto job = [this, id = room->row().id,
              asked = std::make_shared<SendRequest>(std::move(message))](store::Database&) {
    return compose_all(runtime_.profile(), id, *asked);
  };
  const auto composed =
      co_await runtime_.store().run<std::vector<room::Composed>>(std::move(job));
  if (!composed) co_return std::unexpected(composed.error());
  room->pump();
  mail_.look(room->row().id);
  co_return SaidReply{id_text(composed->back().id)};
}

Async<bool> Agent::drain(ClientId client, RoomRequest request) {
  Entry* const entry = find_held(client, request.room);
  if (entry == nullptr) co_return not_open(request.room);
  const auto joined = std::dynamic_pointer_cast<JoinedRoom>(entry->room);
  if (!joined) co_return true;
  co_await joined->files().until_sent();
  const auto drained = co_await joined->drain();
  if (!drained) co_return std::unexpected(drained.error());
  co_return true;
}

}  // namespace sotto::node
