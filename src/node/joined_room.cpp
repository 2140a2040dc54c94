#include "node/joined_room.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/countdown.h"
#include "node/errors.h"
#include "node/relay_directory.h"
#include "node/rendering.h"
#include "room/live_verification.h"
#include "store/outbox.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// A host that is not reached so soon may have moved.
constexpr milliseconds too_long{1'000};
// How often a waiter looks into the store.
constexpr milliseconds store_glance{250};
// And how often whoever waits for everything looks what is left.
constexpr milliseconds outbox_glance{1'000};
// How much of the outbox is looked at at once, to see it go.
constexpr std::size_t drain_bytes = 1 << 18;

}  // namespace

JoinedRoom::JoinedRoom(Runtime& runtime, RoomObserver& observer, Joiner::Parameters parameters)
    : runtime_(runtime),
      observer_(observer),
      purpose_(parameters.purpose),
      ports_(std::make_shared<ForwardPorts>(runtime.executor(),
                                            [this](const Event& event) { tell(event); })),
      files_(std::make_shared<RoomFiles>(runtime.executor(), runtime.disk(),
                                         parameters.joined.room.name,
                                         [this](const Event& event) { tell(event); })),
      joiner_(runtime, with_channels(std::move(parameters)), *this),
      lingering_(runtime.executor()),
      dialing_(runtime.executor()),
      finder_(make_finder()),
      tor_watch_(runtime.tor(), [this](const Event& event) { on_tor(event); }) {}

JoinedRoom::~JoinedRoom() {
  finder_->close();
  ports_->close();
  files_->close();
}

// Where the host is, if it is not where it was.
std::shared_ptr<Finder> JoinedRoom::make_finder() {
  Finder::Parameters parameters;
  parameters.room = row().id;
  parameters.directories = [this] {
    const bool commands = !row().tor_only || runtime_.profile().tor().allow_external;
    auto all =
        directories(runtime_.executor(), runtime_.disk(), runtime_.directories(), commands);
    add_relay_directories(runtime_.relays(), runtime_.directories(), {row().reach.view()},
                          row().tor_only, all);
    return all;
  };
  parameters.moved = [this](Secret reach) { joiner_.follow(std::move(reach)); };
  parameters.notice = [this](const Error& why) { on_notice(why); };
  return std::make_shared<Finder>(runtime_, std::move(parameters));
}

// The joiner is ours, and so are its sessions.
Joiner::Parameters JoinedRoom::with_channels(Joiner::Parameters parameters) {
  parameters.channels = [this](session::Session& session) {
    return std::make_shared<room::ChannelUsers>(
        session, files_->attach(session, host_as_peer()), ports_->attach(session));
  };
  return parameters;
}

FilePeer JoinedRoom::host_as_peer() const {
  return {joiner_.host().identity_pk,
          crypto::to_string(crypto::fingerprint(joiner_.host())),
          joiner_.host_name(),
          joiner_.host_verified(),
          true,
          true};
}

void JoinedRoom::start() {
  tell(ProgressEvent{task(), "connecting", std::nullopt, row().name});
  asio::co_spawn(runtime_.executor(), run(shared_from_this()), asio::detached);
  // An address that leads nowhere any more may swallow every word.
  dialing_.expires_after(too_long);
  auto seek = [weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && !self->joiner_.is_linked()) self->finder_->seek();
  };
  dialing_.async_wait(std::move(seek));
}

asio::awaitable<void> JoinedRoom::run(std::shared_ptr<JoinedRoom> self) {
  // Not within start(), even when there is no way to go: whoever opens a room goes on with it.
  co_await asio::post(asio::use_awaitable);
  self->ended_ = co_await self->joiner_.run();
  self->dialing_.cancel();
  self->finder_->close();
  if (*self->ended_) {
    self->files_->close_sending();
  } else {
    self->files_->fail_all(self->ended_->error());
  }
  for (Waiter* waiter : self->waiters_) waiter->done.cancel();
  if (*self->ended_) self->tell(ClosedEvent{self->end_reason()});
  self->observer_.on_room_ended(self->row().id, *self->ended_);
}

// Of interest to those who are reached through it.
void JoinedRoom::on_tor(const Event& event) {
  if (row().tor_only) tell(event);
}

void JoinedRoom::close() {
  leaving_ = true;
  ports_->close();
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

Async<JoinedRoom::Arrival> JoinedRoom::wait_for(const std::vector<room::Composed>& messages,
                                                WaitFor until, SteadyTime deadline) {
  Waiter waiter{.undelivered = {},
                .unread = {},
                .unrelayed = {},
                .until_relayed = until == WaitFor::relayed,
                .arrival = {},
                .done = asio::steady_timer(runtime_.executor(), deadline)};
  for (const auto& message : messages) {
    if (message.stage < store::Stage::delivered) {
      waiter.undelivered.insert(message.id);
      waiter.unrelayed.insert(message.id);
    }
    if (until == WaitFor::read && message.stage < store::Stage::read) {
      waiter.unread.insert(message.id);
    }
  }
  if (waiter.undelivered.empty()) waiter.arrival.delivered = std::chrono::steady_clock::now();
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  const bool any_before = !std::ranges::all_of(messages, &room::Composed::queued);
  if (any_before) co_await glance_at_store(waiter);
  while (!waiter.settled() && !ended_ && std::chrono::steady_clock::now() < deadline) {
    waiter.done.expires_at(std::min(deadline, std::chrono::steady_clock::now() + store_glance));
    const auto [woken] = co_await waiter.done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!woken) co_await glance_at_store(waiter);
  }
  waiters_.erase(place);
  Arrival& arrival = waiter.arrival;
  if (!arrival.error && !waiter.settled()) {
    if (ended_ && !*ended_) {
      arrival.error = ended_->error();
    } else if (waiter.undelivered.empty()) {
      arrival.error = Error(Errc::not_read,
                            "The host has the message but did not read it in time. It stays "
                            "there; `sotto history` shows when it was read.");
    } else {
      arrival.error = Error(Errc::not_delivered,
                            "The host did not acknowledge the message in time. It may have "
                            "arrived: try again with the same --id.");
    }
  }
  co_return std::move(arrival);
}

// What was sent before may have moved on since; and another process of this profile may have a
// link to the same host, and have been told instead.
Async<void> JoinedRoom::glance_at_store(Waiter& waiter) {
  using Settled = std::vector<room::Settled>;
  std::set<MessageId> ids = waiter.undelivered;
  ids.insert(waiter.unread.begin(), waiter.unread.end());
  auto job = [room = row().id, self = runtime_.profile().card().identity_pk,
              wanted = std::vector(ids.begin(), ids.end())](store::Database& database) {
    return room::settled_among(database, room, self, wanted);
  };
  const auto settled = co_await runtime_.store().run<Settled>(std::move(job));
  if (!settled) co_return std::unexpected(settled.error());
  for (const auto& [id, stage] : *settled) settle(id, stage, std::nullopt);
  co_return Result<void>();
}

void JoinedRoom::settle(const MessageId& id, store::Stage stage,
                        const std::optional<Error>& why) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (Waiter* waiter : waiters_) {
    if (stage == store::Stage::relayed) {
      const bool was_last = waiter->unrelayed.erase(id) > 0 && waiter->unrelayed.empty();
      if (was_last) waiter->arrival.relayed = now;
      if (was_last && waiter->until_relayed) waiter->done.cancel();
      continue;
    }
    waiter->unrelayed.erase(id);
    bool touched = waiter->undelivered.erase(id) > 0;
    if (touched && waiter->undelivered.empty() && !why) waiter->arrival.delivered = now;
    if (stage == store::Stage::read || why) {
      const bool was_unread = waiter->unread.erase(id) > 0;
      if (was_unread && waiter->unread.empty() && !why) waiter->arrival.read = now;
      touched = touched || was_unread;
    }
    if (touched && why) waiter->arrival.error = why;
    if (touched && waiter->settled()) waiter->done.cancel();
  }
}

void JoinedRoom::on_relayed(const std::vector<MessageId>& ids) {
  for (const MessageId& id : ids) settle(id, store::Stage::relayed, std::nullopt);
}

Async<void> JoinedRoom::drain(SteadyTime deadline) {
  using Waiting = std::vector<room::Composed>;
  while (!ended_) {
    auto job = [room = row().id,
                host = row().host](store::Database& database) -> Result<Waiting> {
      const auto rows = store::Outbox(database).waiting(room, host, 0, 64, drain_bytes);
      if (!rows) return std::unexpected(rows.error());
      Waiting waiting;
      for (const auto& message : *rows) waiting.push_back({message.seq, message.id});
      return waiting;
    };
    const auto waiting = co_await runtime_.store().run<Waiting>(std::move(job));
    if (!waiting) co_return std::unexpected(waiting.error());
    if (waiting->empty()) co_return Result<void>();
    // Not longer: a send that is given up takes its messages out of the outbox again.
    const auto arrival =
        co_await wait_for(*waiting, WaitFor::delivered,
                          std::min(deadline, std::chrono::steady_clock::now() + outbox_glance));
    // A rejected one is settled too: it was reported when it happened.
    if (!arrival) co_return std::unexpected(arrival.error());
    const bool late = std::chrono::steady_clock::now() >= deadline;
    if (arrival->error && (ended_ || late)) co_return std::unexpected(*arrival->error);
  }
  if (!*ended_) co_return *ended_;
  co_return Result<void>();
}

ReadyEvent JoinedRoom::ready() const {
  return {row().name, {{link_->route, link_->address}}, std::nullopt};
}

void JoinedRoom::on_linked(const LinkEvent& link) {
  const bool first = !link_;
  trouble_.reset();
  dialing_.cancel();
  finder_->rest();
  ports_->on_link(true);
  link_ = link;
  link_->room = row().name;
  if (first) tell(ready());
  tell(*link_);
}

void JoinedRoom::on_retry(const Error& why) {
  trouble_ = why;
  finder_->seek();
  ports_->on_link(false);
  observer_.on_away(row().id);
  tell(ProgressEvent{task(), joiner_.was_linked() ? "reconnecting" : "retrying", std::nullopt,
                     why.text()});
}

void JoinedRoom::on_message(std::int64_t seq, const wire::Message& message,
                            const store::ContactRow& author) {
  observer_.on_room_event(row().id, message_event(message, author, row().name, false), seq);
}

void JoinedRoom::on_delivered(const MessageId& id) {
  tell(DeliveredEvent{id_text(id)});
  settle(id, store::Stage::delivered, std::nullopt);
}

void JoinedRoom::on_read(const MessageId& id) {
  tell(ReadEvent{id_text(id)});
  settle(id, store::Stage::read, std::nullopt);
}

void JoinedRoom::on_rejected(const MessageId& id, const Error& why) {
  tell(ErrorEvent{why.name(), why.text()});
  settle(id, store::Stage::cancelled, why);
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
  tell(member_event(who, here, row().name));
}

void JoinedRoom::on_ending(milliseconds left) {
  tell(ending_notice(left));
}

void JoinedRoom::on_contact_changed(const store::ContactRow& who) {
  if (who.identity_pk == row().host) joiner_.update_host(who);
}

const char* JoinedRoom::end_reason() const {
  if (leaving_) return "left";
  return joiner_.goodbye() == wire::GoodbyeReason::expired ? time_is_over : "host left";
}

void JoinedRoom::on_notice(const Error& what) {
  tell(NoticeEvent{what.name(), what.text()});
}

}  // namespace sotto::node
