#include "node/courier.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "node/agent.h"
#include "node/relay_failures.h"
#include "node/system.h"
#include "room/delivery.h"
#include "room/errors.h"
#include "store/outbox.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds first_pause{3'000};
constexpr milliseconds longest_pause{300'000};
constexpr milliseconds attempt_limit{20'000};
// Its link is kept a moment, for what is written next.
constexpr milliseconds linger{2'000};
constexpr std::size_t attempts_at_once = 16;
constexpr auto look_for_old_every = std::chrono::hours(1);

// Between three and five quarters of it, so that all who wait for a host do not come at once.
milliseconds spread(milliseconds pause) {
  const auto share = std::to_integer<int>(system_entropy().bytes<1>()[0]);  // 0..255
  return pause * 3 / 4 + pause * share / 512;
}

}  // namespace

Courier::Courier(Agent& agent) : agent_(agent), timer_(agent.runtime().executor()) {}

void Courier::start() {
  asio::co_spawn(agent_.runtime().executor(), run(), asio::detached);
}

const Courier::Tries* Courier::tries(const RoomId& room) const {
  const auto at = tries_.find(room);
  return at == tries_.end() ? nullptr : &at->second;
}

asio::awaitable<void> Courier::run() {
  while (true) {
    const auto next = co_await round();
    // A store in trouble is asked again later.
    co_await timer_.wait_until(next ? *next : timer_.now() + longest_pause);
  }
}

// Looks at what waits, begins what is due, and returns when to look again.
Async<SteadyTime> Courier::round() {
  if (!agent_.has_clients()) co_return SteadyTime::max();
  co_await give_up_the_old();
  auto job = [](store::Database& database) { return store::Outbox(database).rooms(); };
  const auto waiting =
      co_await agent_.runtime().store().run<std::vector<RoomId>>(std::move(job));
  if (!waiting) co_return std::unexpected(waiting.error());
  std::erase_if(tries_, [&](const auto& one) {
    return !one.second.under_way && std::ranges::find(*waiting, one.first) == waiting->end();
  });
  const SteadyTime now = timer_.now();
  SteadyTime next = *looked_for_old_ + look_for_old_every;
  std::size_t under_way = static_cast<std::size_t>(
      std::ranges::count_if(tries_, [](const auto& one) { return one.second.under_way; }));
  for (const RoomId& room : *waiting) {
    if (agent_.is_open(room) || agent_.is_kept_shut(room)) continue;
    Tries& tries = tries_[room];
    if (tries.under_way) continue;
    if (tries.due > now) {
      next = std::min(next, tries.due);
    } else if (under_way < attempts_at_once) {  // one that ends wakes us
      ++under_way;
      tries.under_way = true;
      asio::co_spawn(agent_.runtime().executor(), attempt(room), asio::detached);
    }
  }
  co_return next;
}

asio::awaitable<void> Courier::attempt(RoomId room) {
  const auto done = co_await deliver(room, timer_.now() + attempt_limit);
  Tries& tries = tries_[room];
  tries.under_way = false;
  if (done) {
    tries_.erase(room);
  } else {
    // Refused is refused: no hurry to hear it again.
    const bool may_pass = done.error().kind() == Kind::unreached || may_come_back(done.error());
    tries.pause =
        std::clamp(may_pass ? tries.pause * 2 : longest_pause, first_pause, longest_pause);
    tries.due = timer_.now() + spread(tries.pause);
    if (may_pass) agent_.mail().look(room);
  }
  wake();
}

Async<void> Courier::deliver(RoomId id, SteadyTime deadline) {
  ++tries_[id].count;
  const auto room = co_await agent_.open_to_deliver(id, deadline);
  Result<void> done;
  if (room && *room) {
    (*room)->pump();
    done = co_await (*room)->drain(deadline);
    // Nobody else needs it: it may go.
    if ((*room)->purpose() == wire::Purpose::send && !(*room)->is_waited_for()) {
      if (done) {
        (*room)->linger(linger);
      } else {
        (*room)->close();
      }
    }
    if (!done && (*room)->trouble()) done = std::unexpected(*(*room)->trouble());
  } else if (!room) {
    done = std::unexpected(room.error());
  }
  if (!done) tries_[id].last = done.error();
  co_return done;
}

// What has waited too long is told once, and stays in the history.
Async<void> Courier::give_up_the_old() {
  const SteadyTime now = timer_.now();
  if (looked_for_old_ && now < *looked_for_old_ + look_for_old_every) co_return Result<void>();
  looked_for_old_ = now;
  using Old = std::vector<room::Expired>;
  auto job = [self = agent_.runtime().profile().card().identity_pk](store::Database& database) {
    return room::expire(database, self, wall_now());
  };
  const auto old = co_await agent_.runtime().store().run<Old>(std::move(job));
  if (!old) co_return std::unexpected(old.error());
  for (const auto& [room, id] : *old) agent_.tell_expired(room, id);
  co_return Result<void>();
}

}  // namespace sotto::node
