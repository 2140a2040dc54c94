#include "node/joined_room.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/errors.h"
#include "node/rendering.h"
#include "room/live_verification.h"
#include "store/outbox.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// How often a waiter looks into the store.
constexpr milliseconds store_glance{250};
// And how often whoever waits for everything looks what is left.
constexpr milliseconds outbox_glance{1'000};

}  // namespace

JoinedRoom::JoinedRoom(Runtime& runtime, RoomObserver& observer, Joiner::Parameters parameters)
    : runtime_(runtime),
      observer_(observer),
      purpose_(parameters.purpose),
      joiner_(runtime, std::move(parameters), *this),
      lingering_(runtime.executor()) {}

JoinedRoom::~JoinedRoom() = default;

void JoinedRoom::start() {
  tell(ProgressEvent{task(), "connecting", std::nullopt, row().name});
  asio::co_spawn(runtime_.executor(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> JoinedRoom::run(std::shared_ptr<JoinedRoom> self) {
  self->ended_ = co_await self->joiner_.run();
  for (Waiter* waiter : self->waiters_) waiter->done.cancel();
  if (*self->ended_) self->tell(ClosedEvent{self->leaving_ ? "left" : "host left"});
  self->observer_.on_room_ended(self->row().id, *self->ended_);
}

void JoinedRoom::close() {
  leaving_ = true;
  joiner_.leave();
}

void JoinedRoom::enter(SteadyTime first_link_by) {
  purpose_ = wire::Purpose::enter;
  link_.reset();
  lingering_.cancel();
  joiner_.enter(first_link_by);
}

void JoinedRoom::linger(milliseconds duration) {
  lingering_.expires_after(duration);
  auto expire = [weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->purpose_ == wire::Purpose::send && !self->is_waited_for()) {
      self->close();
    }
  };
  lingering_.async_wait(std::move(expire));
}

void JoinedRoom::keep_until(SteadyTime deadline) {
  lingering_.cancel();
  joiner_.try_until(deadline);
}

std::vector<Event> JoinedRoom::greeting() const {
  if (link_) return {ready(), *link_};
  return {};
}

Async<void> JoinedRoom::wait_delivered(std::vector<MessageId> ids, SteadyTime deadline) {
  Waiter waiter{{ids.begin(), ids.end()},
                std::nullopt,
                asio::steady_timer(runtime_.executor(), deadline)};
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  while (!waiter.ids.empty() && !ended_ && std::chrono::steady_clock::now() < deadline) {
    waiter.done.expires_at(std::min(deadline, std::chrono::steady_clock::now() + store_glance));
    const auto [woken] = co_await waiter.done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!woken) co_await strike_delivered(waiter);
  }
  waiters_.erase(place);
  if (waiter.rejected) co_return std::unexpected(*waiter.rejected);
  if (waiter.ids.empty()) co_return Result<void>();
  if (ended_ && !*ended_) co_return *ended_;
  co_return fail(Errc::not_delivered,
                 "The host did not acknowledge the message in time. It may have arrived: try "
                 "again with the same --id.");
}

// Another process of this profile may have a link to the same host, and have been told instead.
Async<void> JoinedRoom::strike_delivered(Waiter& waiter) {
  using Ids = std::vector<MessageId>;
  auto job = [room = row().id, self = runtime_.profile().card().identity_pk,
              ids = Ids(waiter.ids.begin(), waiter.ids.end())](store::Database& database) {
    return room::delivered_among(database, room, self, ids);
  };
  const auto delivered = co_await runtime_.store().run<Ids>(std::move(job));
  if (!delivered) co_return std::unexpected(delivered.error());
  for (const MessageId& id : *delivered) waiter.ids.erase(id);
  co_return Result<void>();
}

void JoinedRoom::settle(const MessageId& id, const std::optional<Error>& why) {
  for (Waiter* waiter : waiters_) {
    if (waiter->ids.erase(id) == 0) continue;
    if (why) waiter->rejected = why;
    if (waiter->ids.empty()) waiter->done.cancel();
  }
}

Async<void> JoinedRoom::drain() {
  using Ids = std::vector<MessageId>;
  while (!ended_) {
    auto job = [room = row().id, host = row().host](store::Database& database) -> Result<Ids> {
      const auto waiting = store::Outbox(database).waiting(room, host, 0, 64);
      if (!waiting) return std::unexpected(waiting.error());
      Ids ids;
      for (const auto& message : *waiting) ids.push_back(message.id);
      return ids;
    };
    auto ids = co_await runtime_.store().run<Ids>(std::move(job));
    if (!ids) co_return std::unexpected(ids.error());
    if (ids->empty()) co_return Result<void>();
    // Not longer: a send that is given up takes its messages out of the outbox again.
    const auto settled = co_await wait_delivered(
        std::move(*ids), std::chrono::steady_clock::now() + outbox_glance);
    // A rejected one is settled too: it was reported when it happened.
    if (!settled && ended_) co_return settled;
  }
  co_return Result<void>();
}

ReadyEvent JoinedRoom::ready() const {
  return {row().name, {{link_->route, link_->address}}, std::nullopt};
}

void JoinedRoom::on_linked(const LinkEvent& link) {
  const bool first = !link_;
  link_ = link;
  if (first) tell(ready());
  tell(link);
}

void JoinedRoom::on_retry(const Error& why) {
  tell(ProgressEvent{task(), joiner_.was_linked() ? "reconnecting" : "retrying", std::nullopt,
                     why.text()});
}

void JoinedRoom::on_message(std::int64_t seq, const wire::Message& message,
                            const store::ContactRow& author) {
  observer_.on_room_event(row().id, message_event(message, author, false), seq);
}

void JoinedRoom::on_delivered(const MessageId& id) {
  tell(DeliveredEvent{id_text(id)});
  settle(id, std::nullopt);
}

void JoinedRoom::on_rejected(const MessageId& id, const Error& why) {
  tell(ErrorEvent{why.name(), why.text()});
  settle(id, why);
}

bool JoinedRoom::is_here(const crypto::Ed25519PublicKey& identity) const {
  return here_.contains(identity) || (link_ && identity == row().host);
}

crypto::Hash64 JoinedRoom::binding_with(const crypto::Ed25519PublicKey& identity) const {
  return identity == row().host ? joiner_.binding() : room::binding_of_members(row().id);
}

void JoinedRoom::send(const wire::VerificationStep& step,
                      const std::optional<crypto::Hash64>& binding) {
  if (!binding || *binding == binding_with(step.to)) joiner_.pass_on(step);
}

void JoinedRoom::on_verification(const wire::VerificationStep& step) {
  observer_.on_verification(row().id, step, binding_with(step.from));
}

void JoinedRoom::on_presence(const store::ContactRow& who, bool here) {
  if (here) {
    here_.insert(who.identity_pk);
  } else {
    here_.erase(who.identity_pk);
  }
  tell(member_event(who, here));
}

void JoinedRoom::on_notice(const Error& what) {
  tell(NoticeEvent{what.name(), what.text()});
}

}  // namespace sotto::node
