// What the owner does with the outbox: lists it, takes messages out, sends it on its way.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/agent.h"
#include "node/errors.h"
#include "node/rendering.h"
#include "room/errors.h"
#include "store/outbox.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds progress_every{500};
constexpr milliseconds progress_after{1'000};

std::string messages(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " message" : " messages");
}

Async<std::size_t> count_waiting(StoreThread& store) {
  auto job = [](store::Database& database) { return store::Outbox(database).count(); };
  co_return co_await store.run<std::size_t>(std::move(job));
}

}  // namespace

bool Agent::is_open(const RoomId& room) const {
  return rooms_.contains(room);
}

Async<std::shared_ptr<JoinedRoom>> Agent::open_to_deliver(RoomId id, SteadyTime deadline) {
  using Found = std::shared_ptr<std::optional<room::JoinedRoom>>;
  auto job = [id](store::Database& database) -> Result<Found> {
    auto row = store::Rooms(database).by_id(id);
    if (!row) return pass(row);
    auto found = std::make_shared<std::optional<room::JoinedRoom>>();
    if (!*row || (*row)->hosted) return found;
    auto joined = room::joined_room(database, std::move(**row));
    if (!joined) return pass(joined);
    *found = std::move(*joined);
    return found;
  };
  auto target = co_await runtime_.store().run<Found>(std::move(job));
  if (!target) co_return std::unexpected(target.error());
  if (!**target) co_return nullptr;
  co_return co_await open_for_sending(std::move(***target), deadline);
}

void Agent::tell_expired(const RoomId& room, const MessageId& id) {
  const ErrorEvent event{make_error_code(room::Errc::message_expired).message(),
                         "The message " + id_text(id) +
                             " has waited 14 days for somebody to take it and was given up."};
  const auto at = rooms_.find(room);
  std::vector<ClientId> hearers;
  for (const auto& [client, on_notice] : clients_) {
    const bool other_room = at != rooms_.end() && !at->second.holders.contains(client);
    if (!other_room) hearers.push_back(client);
  }
  for (const ClientId client : hearers) notify(client, room, event, std::nullopt);
}

Async<OutboxReply> Agent::outbox(ClientId, NoRequest) {
  auto job = [this](store::Database&) { return list_outbox(runtime_.profile()); };
  auto listed = co_await runtime_.store().run<ListedOutbox>(std::move(job));
  if (!listed) co_return std::unexpected(listed.error());
  for (std::size_t i = 0; i < listed->rooms.size(); ++i) {
    const Courier::Tries* tries = courier_.tries(listed->rooms[i]);
    if (tries == nullptr) continue;
    listed->reply.messages[i].attempts = tries->count;
    listed->reply.messages[i].error = tries->last;
  }
  co_return std::move(listed->reply);
}

Async<FlushReply> Agent::flush(ClientId client, FlushRequest request) {
  const SteadyTime started = std::chrono::steady_clock::now();
  const SteadyTime deadline = started + request.timeout;
  const auto before = co_await count_waiting(runtime_.store());
  if (!before) co_return std::unexpected(before.error());
  auto job = [](store::Database& database) { return store::Outbox(database).rooms(); };
  const auto rooms = co_await runtime_.store().run<std::vector<RoomId>>(std::move(job));
  if (!rooms) co_return std::unexpected(rooms.error());
  // Shared with the deliveries, which may outlast the limit.
  struct Open {
    std::size_t count;
    asio::steady_timer ended;
  };
  const auto open = std::make_shared<Open>(
      Open{rooms->size(), asio::steady_timer(runtime_.executor(), deadline)});
  for (const RoomId& id : *rooms) {
    if (const auto at = rooms_.find(id); at != rooms_.end()) at->second.room->pump();
    auto ended = [open](const std::exception_ptr&, const Result<void>&) {
      --open->count;
      open->ended.cancel();
    };
    asio::co_spawn(runtime_.executor(), courier_.deliver(id, deadline), std::move(ended));
  }
  while (open->count > 0 && std::chrono::steady_clock::now() < deadline) {
    const SteadyTime now = std::chrono::steady_clock::now();
    open->ended.expires_at(std::min(deadline, now + progress_every));
    co_await open->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::chrono::steady_clock::now() < started + progress_after) continue;
    const auto left = co_await count_waiting(runtime_.store());
    if (!left) co_return std::unexpected(left.error());
    const std::size_t done = *before - std::min(*left, *before);
    const int percent =
        *before == 0 ? 100 : static_cast<int>(std::uint64_t{100} * done / *before);
    notify(client, RoomId(),
           ProgressEvent{"flush", "delivering", percent, messages(*left) + " left"},
           std::nullopt);
  }
  const auto left = co_await count_waiting(runtime_.store());
  if (!left) co_return std::unexpected(left.error());
  FlushReply reply{*before - std::min(*left, *before), *left, std::nullopt};
  if (*left > 0) {
    reply.error = Error(Errc::outbox_waits,
                        messages(*left) +
                            " could not be delivered now. What is left stays in the outbox; "
                            "`sotto outbox` says where it is to go.");
  }
  co_return reply;
}

}  // namespace sotto::node
