// What the owner does with mailboxes: who is away, what has come, and messages of a `send` that
// are left because their host is not there.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "node/agent_leaving.h"
#include "node/errors.h"
#include "node/rendering.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

constexpr milliseconds away_after{2'000};
constexpr milliseconds poll{100};
constexpr milliseconds first_pause{2'000};
constexpr milliseconds longest_pause{30'000};

// Nothing that a second try would change.
bool is_final(const Error& why) {
  return why.is(room::Errc::mailbox_no_session) || why.is(room::Errc::mailbox_no_relay);
}

// Those of the messages that wait on a relay, whoever has brought them there.
Result<std::vector<MessageId>> relayed_among(store::Database& database,
                                             const std::vector<room::Composed>& composed) {
  std::vector<MessageId> ids;
  for (const room::Composed& message : composed) {
    const auto relayed = room::is_relayed(database, message.seq);
    if (!relayed) return std::unexpected(relayed.error());
    if (*relayed) ids.push_back(message.id);
  }
  return ids;
}

}  // namespace

bool Agent::is_here(const RoomId& room, const crypto::Ed25519PublicKey& who) const {
  const auto at = rooms_.find(room);
  return at != rooms_.end() && at->second.room->is_connected(who);
}

void Agent::on_mailbox(const RoomId& room, const crypto::Ed25519PublicKey& peer) {
  mail_.open_for(room, peer);
}

void Agent::on_away(const RoomId& room) {
  mail_.look(room);
}

void Agent::on_mail(const RoomId& room, const room::TakenIn& taken) {
  const auto open = open_room(room);
  if (!open) return;  // what was committed is shown when it opens
  for (const auto& [seq, message, author] : taken.messages) {
    on_room_event(room, message_event(message, author, open->row().name, false), seq);
  }
  if (taken.fanned_out) open->pump();
}

void Agent::on_mail_notice(const RoomId& room, const Error& what) {
  on_room_event(room, NoticeEvent{what.name(), what.text()}, std::nullopt);
}

// True once all messages of the send lie on a relay, or why they do not.
Async<bool> Agent::leave_now(std::shared_ptr<Leaving> leaving) {
  const auto room = leaving->room.lock();
  if (!room) co_return client_is_gone();
  const auto left = co_await mail_.leave(room->row());
  leaving->error = left ? left->error : left.error();
  const auto& why = leaving->error;
  auto job = [composed = leaving->composed](store::Database& database) {
    return relayed_among(database, composed);
  };
  const auto relayed = co_await runtime_.store().run<std::vector<MessageId>>(std::move(job));
  if (!relayed) co_return std::unexpected(relayed.error());
  room->on_relayed(*relayed);
  if (relayed->size() == leaving->composed.size()) co_return true;
  if (why) co_return std::unexpected(*why);
  co_return fail(Errc::not_delivered,
                 "The message could not be left on a relay in time. Try again.");
}

// The same, for no longer than the send itself.
Async<bool> Agent::leave_until(std::shared_ptr<Leaving> leaving, SteadyTime deadline) {
  const auto done = std::make_shared<std::optional<Result<bool>>>();
  const auto woken = std::make_shared<net::AsioTimer>(runtime_.executor());
  auto leave = [this, leaving, done, woken]() -> boost::asio::awaitable<void> {
    done->emplace(co_await leave_now(leaving));
    woken->wake();
  };
  boost::asio::co_spawn(runtime_.executor(), std::move(leave), boost::asio::detached);
  while (!*done && woken->now() < deadline) co_await woken->wait_until(deadline);
  if (*done) co_return std::move(**done);
  co_return fail(Errc::not_delivered,
                 "No relay has taken the message in time. It may have arrived: try again with "
                 "the same --id.");
}

// Leaves the messages of a `send` once the host has not come for a moment, or is known not to
// be there; again and again while the send goes on.
boost::asio::awaitable<void> Agent::leave_if_away(std::shared_ptr<Leaving> leaving) {
  net::AsioTimer timer(runtime_.executor());
  const SteadyTime away = timer.now() + away_after;
  milliseconds pause = first_pause;
  while (!leaving->over) {
    const auto state = leaving->state();
    if (state == Leaving::State::gone) co_return;
    if (state == Leaving::State::linked ||
        (state == Leaving::State::waiting && timer.now() < away)) {
      co_await timer.sleep_until(timer.now() + poll);
      continue;
    }
    const auto left = co_await leave_now(leaving);
    if (left || is_final(left.error())) co_return;
    co_await timer.sleep_until(timer.now() + pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace sotto::node
