#include "node/relay_listener.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "node/relay_errors.h"
#include "node/seldom.h"
#include "node/system.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// Who comes by a relay while so many of its are being let in is not: it could say so for ever,
// and the others have theirs.
constexpr std::size_t taking_limit = 64;
// What a second relay may take once the first holds the slot, before a room is said to be
// ready.
constexpr milliseconds others_limit{2'000};

}  // namespace

// Kept alive by the coroutines of its places.
class RelayListener::Keeper : public std::enable_shared_from_this<Keeper> {
 public:
  Keeper(asio::any_io_executor executor, Parameters parameters)
      : executor_(std::move(executor)),
        changed_(executor_, Clock::time_point::max()),
        parameters_(std::move(parameters)),
        losses_(parameters_.telling) {
    for (Relay& relay : parameters_.relays) {
      Candidate& candidate = candidates_.emplace_back();
      candidate.relay = std::move(relay);
      candidate.status.address = candidate.relay.place.name;
      candidate.pause = parameters_.first_retry;
    }
  }

  void start() {
    const std::size_t places = std::min(parameters_.places, candidates_.size());
    for (std::size_t i = 0; i < places; ++i) {
      asio::co_spawn(executor_, keep(shared_from_this()), asio::detached);
    }
  }

  Async<void> held() {
    const auto self = shared_from_this();
    std::optional<asio::steady_timer> second;
    while (!closed_) {
      if (held_count() > 0 && !second) {
        second.emplace(executor_, others_limit);
        second->async_wait(
            [self](const boost::system::error_code&) { self->changed_.cancel(); });
      }
      if (second && (is_settled() || second->expiry() <= Clock::now()))
        co_return Result<void>();
      const bool all_failed = std::ranges::all_of(
          candidates_, [](const auto& one) { return one.status.trouble.has_value(); });
      if (all_failed && held_count() == 0) co_return std::unexpected(none());
      if (co_await interrupted()) break;
    }
    co_return closed();
  }

  void set_on_change(OnChange on_change) { parameters_.on_change = std::move(on_change); }

  std::vector<RelayStatus> status() const {
    std::vector<RelayStatus> out;
    for (const Candidate& candidate : candidates_) out.push_back(candidate.status);
    return out;
  }

  Async<transport::Accepted> accept() {
    const auto self = shared_from_this();
    while (arrived_.empty() && !closed_) {
      if (co_await interrupted()) break;
    }
    if (arrived_.empty() || closed_) co_return closed();
    transport::Accepted next = std::move(arrived_.front());
    arrived_.pop_front();
    co_return next;
  }

  void close() noexcept {
    closed_ = true;
    parameters_.on_change = nullptr;
    arrived_.clear();
    for (Candidate& candidate : candidates_) {
      if (candidate.connection) candidate.connection->close();
    }
    changed_.cancel();
  }

 private:
  struct Candidate {
    Relay relay;
    RelayStatus status;
    bool taken = false;      // by a place
    bool told_held = false;  // what was told of it last
    SteadyTime held_at{};
    SteadyTime not_before{};
    milliseconds pause{};  // after the next failure
    std::shared_ptr<RelayConnection> connection;
    std::size_t taking = 0;  // of those it has told of
  };

  std::size_t held_count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(candidates_, [](const auto& one) { return one.status.held; }));
  }

  // Each place has what it can have for now.
  bool is_settled() const {
    const bool all_tried = std::ranges::all_of(
        candidates_, [](const auto& one) { return one.status.held || one.status.trouble; });
    return all_tried || held_count() >= parameters_.places;
  }

  static std::unexpected<Error> closed() {
    return fail(transport::Errc::closed, "Nobody is let in through relays any more.");
  }

  Error none() const {
    std::string text = "No relay holds the room.";
    for (const Candidate& candidate : candidates_) {
      text +=
          " " + displayable(candidate.status.address) + ": " + candidate.status.trouble->text();
    }
    return Error(RelayErrc::none, text);
  }

  // Waits for something to change; true when the coroutine was cancelled.
  asio::awaitable<bool> interrupted() {
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
  }

  static asio::awaitable<void> keep(std::shared_ptr<Keeper> self) {
    asio::steady_timer rest(self->executor_);
    while (!self->closed_) {
      Candidate* const candidate = self->next();
      if (candidate == nullptr) {
        // Waking with whatever changes is not worth it: only time lets one be tried again.
        rest.expires_at(self->earliest());
        co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      candidate->taken = true;
      const auto ended = co_await self->hold(*candidate);
      candidate->taken = false;
      self->note_end(*candidate, ended.error());
    }
  }

  // The first that may be tried now; null: none.
  Candidate* next() {
    const SteadyTime now = Clock::now();
    const auto at = std::ranges::find_if(
        candidates_, [&](const auto& one) { return !one.taken && one.not_before <= now; });
    return at == candidates_.end() ? nullptr : &*at;
  }

  // When one may be tried that nobody has; soon, where that is not known.
  SteadyTime earliest() const {
    SteadyTime first = Clock::now() + parameters_.longest_retry;
    for (const Candidate& one : candidates_) {
      if (!one.taken) first = std::min(first, one.not_before);
    }
    return std::min(first, Clock::now() + parameters_.first_retry);
  }

  // Until it ends, always with an error.
  Async<void> hold(Candidate& candidate) {
    auto opened = co_await RelayConnection::open(executor_, candidate.relay.place);
    if (!opened) co_return std::unexpected(opened.error());
    if (closed_) co_return closed();
    const std::shared_ptr<RelayConnection> connection = std::move(*opened);
    candidate.connection = connection;
    const SteadyTime asked = Clock::now();
    wire::RelayAction listen = wire::RelayListen{
        *wire::SlotId::from(candidate.relay.slot.public_key.view()), crypto::Signature()};
    const auto answer = co_await connection->ask(std::move(listen), &candidate.relay.slot);
    if (!answer) co_return std::unexpected(answer.error());
    if (closed_) co_return closed();
    candidate.status.held = true;
    candidate.status.since = wall_now();
    candidate.status.latency = std::chrono::duration_cast<milliseconds>(Clock::now() - asked);
    candidate.status.trouble.reset();
    candidate.held_at = Clock::now();
    was_held_ = true;
    // One that was said to be lost is back; of others nobody has heard anything.
    if (!std::exchange(candidate.told_held, true)) tell(candidate);
    changed_.cancel();
    while (true) {
      const auto ticket = co_await connection->incoming();
      if (!ticket) co_return std::unexpected(ticket.error());
      if (closed_) co_return closed();
      if (candidate.taking >= taking_limit) continue;
      asio::co_spawn(executor_, take(shared_from_this(), candidate, *ticket), asio::detached);
    }
  }

  void note_end(Candidate& candidate, const Error& why) {
    candidate.connection.reset();
    if (closed_) return;
    const bool was_held = candidate.status.held;
    const SteadyTime now = Clock::now();
    // One that grants the slot and ends at once is none to be asked twice a second.
    if (was_held && now - candidate.held_at >= parameters_.steady) {
      candidate.pause = parameters_.first_retry;
    }
    candidate.status.held = false;
    candidate.status.since.reset();
    candidate.status.latency.reset();
    candidate.status.trouble = why;
    candidate.not_before = now + candidate.pause;
    candidate.pause = std::min(candidate.pause * 2, parameters_.longest_retry);
    // What is not told now is with the next attempt that fails.
    const bool is_news = candidate.told_held && losses_.may_say(candidate.status.address, now);
    if (is_news) candidate.told_held = false;
    if (is_news || !was_held_) tell(candidate);
    changed_.cancel();
  }

  void tell(const Candidate& candidate) {
    // A copy: whoever is told may close this.
    const auto on_change = parameters_.on_change;
    if (on_change) on_change(candidate.status);
  }

  static asio::awaitable<void> take(std::shared_ptr<Keeper> self, Candidate& candidate,
                                    wire::RelayTicket ticket) {
    ++candidate.taking;
    const std::string& relay = candidate.status.address;
    wire::RelayAction action = wire::RelayTake{ticket};
    auto spliced =
        co_await relay_splice(self->executor_, candidate.relay.place, std::move(action));
    --candidate.taking;
    if (!spliced) {
      log(LogLevel::debug,
          "nobody let in through " + displayable(relay) + ": " + spliced.error().text());
      co_return;
    }
    if (self->closed_) co_return;
    transport::Accepted accepted{std::move(*spliced), relay};
    self->arrived_.push_back(std::move(accepted));
    self->changed_.cancel();
  }

  asio::any_io_executor executor_;
  asio::steady_timer changed_;  // never fires: cancelled to wake whoever waits
  Parameters parameters_;
  Seldom losses_;
  std::deque<Candidate> candidates_;
  std::deque<transport::Accepted> arrived_;
  bool was_held_ = false;  // the slot, by any
  bool closed_ = false;
};

RelayListener::RelayListener(asio::any_io_executor executor, Parameters parameters)
    : keeper_(std::make_shared<Keeper>(std::move(executor), std::move(parameters))) {
  keeper_->start();
}

RelayListener::~RelayListener() {
  keeper_->close();
}

Async<void> RelayListener::held() {
  return keeper_->held();
}

void RelayListener::set_on_change(OnChange on_change) {
  keeper_->set_on_change(std::move(on_change));
}

std::vector<RelayStatus> RelayListener::status() const {
  return keeper_->status();
}

Async<transport::Accepted> RelayListener::accept() {
  return keeper_->accept();
}

void RelayListener::close() noexcept {
  keeper_->close();
}

}  // namespace sotto::node
