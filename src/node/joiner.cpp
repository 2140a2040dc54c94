#include "node/joiner.h"

#include <algorithm>

#include "base/log.h"
#include "net/errors.h"
#include "node/errors.h"
#include "node/mail.h"
#include "node/presence.h"
#include "node/relay_errors.h"
#include "node/relay_failures.h"
#include "node/system.h"
#include "room/errors.h"
#include "session/link_driver.h"
#include "transport/deadline.h"

namespace sotto::node {
namespace {

using std::chrono::duration_cast;

constexpr milliseconds first_retry{250};
constexpr milliseconds longest_retry{5'000};
constexpr milliseconds goodbye_limit{2'000};

constexpr const char* too_slow =
    "The host did not finish the handshake in time: it is overloaded, or it is no sotto.";

std::chrono::nanoseconds since(SteadyTime start) {
  return std::chrono::steady_clock::now() - start;
}

}  // namespace

struct Joiner::ActiveLink {
  transport::ByteStream& stream;
  session::Link& link;
  net::AsioTimer& timer;
};

Joiner::Joiner(Runtime& runtime, Parameters parameters, JoinerListener& listener)
    : runtime_(runtime),
      parameters_(std::move(parameters)),
      listener_(listener),
      retry_timer_(runtime.executor()),
      goodbye_timer_(runtime.executor()),
      isolation_(tor::Isolation::random(system_entropy())) {}

Joiner::~Joiner() {
  drop_session();
}

// A conversation may be held a moment longer by what the store does for it, but not the session
// that its channels use.
void Joiner::drop_session() {
  if (conversation_) conversation_->mute();
  paths_.reset();
  conversation_.reset();
  session_.reset();
}

void Joiner::pump() {
  if (conversation_) conversation_->pump();
}

void Joiner::requeued(std::int64_t seq) {
  if (conversation_) conversation_->requeued(seq);
}

void Joiner::pass_on(const wire::VerificationStep& step) {
  if (conversation_) conversation_->pass_on(step);
}

void Joiner::leave() {
  leaving_ = true;
  retry_timer_.wake();
  end_link();
}

void Joiner::follow(Secret reach) {
  parameters_.joined.room.reach = std::move(reach);
  if (linking_) return;  // somebody has answered
  moved_ = true;
  retry_timer_.wake();
}

void Joiner::enter(SteadyTime first_link_by) {
  parameters_.purpose = wire::Purpose::enter;
  parameters_.reconnect = true;
  try_until(first_link_by);
  if (linking_) {
    renewing_ = true;
    end_link();
    return;
  }
  // Nothing has begun yet that would have to end: the next link brings a new session.
  drop_session();
  if (pausing_) retry_timer_.wake();
}

void Joiner::end_link() {
  if (active_ == nullptr) {
    if (shaking_ != nullptr) shaking_->close();
    return;
  }
  active_->link.say_goodbye(wire::GoodbyeReason::leaving);
  active_->timer.wake();
  // A host that takes nothing more is not waited for.
  goodbye_timer_.expires_after(goodbye_limit);
  goodbye_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && active_ != nullptr) active_->stream.close();
  });
}

std::optional<milliseconds> Joiner::round_trip() {
  if (active_ == nullptr) return std::nullopt;
  if (active_->link.measure(active_->timer.now(), round_trip_age)) active_->timer.wake();
  return active_->link.round_trip();
}

void Joiner::update_host(const store::ContactRow& host) {
  parameters_.joined.host_name = host.name;
  parameters_.joined.host_verified = host.verified;
}

void Joiner::try_until(SteadyTime deadline) {
  parameters_.first_link_by = std::max(parameters_.first_link_by, deadline);
}

void Joiner::abandon_link(const Error& why) {
  fatal_ = why;
  retry_timer_.wake();
  if (shaking_ != nullptr) shaking_->close();
  if (active_ != nullptr) active_->stream.close();
}

Async<void> Joiner::run() {
  milliseconds pause = first_retry;
  while (!leaving_) {
    ++attempts_;
    attempt_started_ = std::chrono::steady_clock::now();
    went_well_ = false;
    moved_ = false;
    const auto ended = co_await one_link();
    if (fatal_) co_return std::unexpected(*fatal_);
    if (leaving_) co_return Result<void>();
    if (std::exchange(renewing_, false)) {
      drop_session();
      pause = first_retry;
      continue;
    }
    if (ended) co_return Result<void>();
    if (moved_) {
      pause = first_retry;
      continue;
    }
    if (fall_back(ended.error())) continue;
    if (ended.error().is(session::Errc::left)) co_return Result<void>();
    if (!is_passing(ended.error())) co_return ended;
    if (went_well_) pause = first_retry;
    const bool unlimited = was_linked_ && parameters_.reconnect;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!unlimited && now + pause >= parameters_.first_link_by) co_return ended;
    listener_.on_retry(ended.error());
    pausing_ = true;
    co_await retry_timer_.wait_until(now + pause);
    pausing_ = false;
    if (fatal_) co_return std::unexpected(*fatal_);
    pause = std::min(pause * 2, longest_retry);
  }
  co_return Result<void>();
}

// An invite that came after our access and is of no use leaves that as it was.
bool Joiner::fall_back(const Error& why) {
  auto& row = parameters_.joined.room;
  const bool no_use = why.kind() == Kind::refused || why.is(session::Errc::handshake) ||
                      why.is(RelayErrc::not_host);
  if (!no_use || !row.access || !row.invite) return false;
  const InviteId invite = row.invite->ref;
  if (!room::return_to_access(row)) return false;
  // Only one that will never let us in is forgotten; the next start tries any other again.
  const bool dead = why.is(room::Errc::invite_burnt) || why.is(room::Errc::invite_expired) ||
                    why.is(room::Errc::invite_revoked) || why.is(room::Errc::not_a_member);
  if (!dead) return true;
  row.came_by = invite;
  auto job = [id = row.id](store::Database& database) {
    return room::drop_invite(database, id);
  };
  auto done = [](const Result<void>& dropped) {
    if (!dropped) log(LogLevel::warning, dropped.error().text());
  };
  runtime_.store().post(std::move(job), std::move(done));
  return true;
}

// Trying again may help.  A tor that is gone comes back: what had a link keeps trying.
bool Joiner::is_passing(const Error& error) const {
  return error.kind() == Kind::unreached || (was_linked_ && error.kind() == Kind::service) ||
         may_come_back(error);
}

Async<void> Joiner::over(Dialed connection, SteadyTime limit) {
  net::AsioTimer timer(runtime_.executor());
  transport::ByteStream& stream = *connection.stream;
  const SteadyTime shaking = timer.now();
  shaking_ = &stream;
  const session::Pace& pace = *connection.pace;
  auto shaken = transport::within(handshake(stream, timer, pace), timer, limit, too_slow);
  auto keys = co_await std::move(shaken);
  if (!keys) {
    shaking_ = nullptr;
    co_return std::unexpected(keys.error());
  }
  shaken_ = keys->handshake_hash;
  exporter_ = keys->exporter.copy();
  session::Link link(std::move(*keys), timer.now(), pace.link);
  auto received = transport::within(session::read_reception(stream, timer, link, pace), timer,
                                    limit, too_slow);
  auto reception = co_await std::move(received);
  shaking_ = nullptr;
  if (!reception) co_return std::unexpected(reception.error());
  if (const auto* reason = std::get_if<wire::RefusedReason>(&*reception)) {
    stream.close();
    co_return std::unexpected(room::refusal(*reason));
  }
  phases_.handshake = since(shaking);
  const auto moved = co_await welcomed(std::move(std::get<wire::Welcome>(*reception)));
  if (!moved) co_return moved;
  if (fatal_) co_return std::unexpected(*fatal_);

  ActiveLink active{stream, link, timer};
  active_ = &active;
  session_->set_wake([&timer] { timer.wake(); });
  was_linked_ = true;
  route_ = connection.route;
  address_ = connection.address;
  went_well_ = true;
  listener_.on_linked({crypto::to_string(crypto::fingerprint(parameters_.joined.host)),
                       host_name(), host_verified(), connection.route, connection.address,
                       std::nullopt, duration_cast<milliseconds>(since(attempt_started_))});
  if (leaving_ || renewing_) link.say_goodbye(wire::GoodbyeReason::leaving);
  conversation_->pump();
  if (parameters_.purpose == wire::Purpose::enter) paths_->look();
  auto take_events = [this] { conversation_->on_session_events(); };
  auto ended = co_await session::run_link(stream, link, *session_, session_->link_no(), timer,
                                          std::move(take_events));
  session_->set_wake({});
  active_ = nullptr;
  // What came just before the end is on its way into the store: it is still shown.
  do {
    co_await runtime_.store().settled();
  } while (conversation_->is_storing());
  goodbye_ = link.peer_goodbye();
  if (goodbye_ == wire::GoodbyeReason::removed) {
    co_return fail(room::Errc::not_a_member,
                   "The host has removed you from this room. Ask the host; a new connection "
                   "file would let you in again.");
  }
  if (goodbye_ == wire::GoodbyeReason::protocol_error) {
    co_return fail(
        session::Errc::protocol,
        "The host says that this side broke the protocol. Update sotto on both sides.");
  }
  if (goodbye_ == wire::GoodbyeReason::trouble) {
    went_well_ = false;
    co_return fail(session::Errc::link_lost,
                   "The host cannot take messages at the moment: its disk may be full.");
  }
  co_return ended;
}

Async<noise::Transport> Joiner::handshake(transport::ByteStream& stream, net::AsioTimer& timer,
                                          const session::Pace& pace) {
  const auto& room = parameters_.joined.room;
  const auto& credential = room.invite ? room.invite : room.access;
  if (!credential) {
    co_return fail(room::Errc::unknown,
                   "There is no connection file for this room any more. Import a new one.");
  }
  wire::JoinerAuth auth{runtime_.profile().card(), parameters_.purpose, std::nullopt};
  if (session_) {
    // Each attempt has a number of its own: the host may have taken one whose welcome was lost.
    link_offered_ = std::max(link_offered_, session_->link_no()) + 1;
    auth.resume = wire::Resume{session_->id(), link_offered_, session_->last_received()};
  }
  session::JoinerParameters parameters{runtime_.profile().keys().static_key.copy(),
                                       parameters_.joined.host.identity_pk,
                                       parameters_.joined.host.static_pk,
                                       credential->ref,
                                       credential->psk.copy(),
                                       std::move(auth)};
  co_return co_await session::connect_link(stream, timer, std::move(parameters),
                                           system_entropy(), pace);
}

// Keeps the access that a welcome brought before anything else happens, then moves the session.
Async<void> Joiner::welcomed(wire::Welcome welcome) {
  if (welcome.room_id != room().id) {
    co_return fail(session::Errc::protocol, "The host answered for another room.");
  }
  if (welcome.access) {
    auto job = [id = room().id,
                access = std::make_shared<wire::Access>(welcome.access->copy())](
                   store::Database& database) -> Result<bool> {
      auto kept = room::keep_access(database, id, *access);
      if (!kept) return pass(kept);
      return true;
    };
    const auto kept = co_await runtime_.store().run<bool>(std::move(job));
    if (!kept) co_return std::unexpected(kept.error());
    auto& row = parameters_.joined.room;
    row.access = store::Credential{welcome.access->tag, welcome.access->psk.copy()};
    if (row.invite) row.came_by = row.invite->ref;
    row.invite.reset();
    row.access_onion_client.reset();
  }
  co_return move_session(welcome);
}

Result<void> Joiner::move_session(const wire::Welcome& welcome) {
  if (welcome.resumed && session_ && session_->id() == welcome.session_id) {
    auto attached = session_->attach(link_offered_, welcome.last_received);
    if (attached) return attached;
    // The two sides do not remember the same session: begin anew next time.
    drop_session();
    return fail(session::Errc::link_lost, attached.error().text());
  }
  start_session(welcome.session_id);
  return session_->attach(1, 0);
}

void Joiner::start_session(const SessionId& id) {
  drop_session();
  link_offered_ = 0;
  binding_ = shaken_;
  session_ = std::make_unique<session::Session>(id, session::Side::joiner);
  room::Conversation::Parameters parameters{.room = room().id,
                                            .self = runtime_.profile().card().identity_pk,
                                            .peer = room().host,
                                            .now = wall_now};
  if (parameters_.channels) parameters.channels = parameters_.channels(*session_);
  parameters.offline = std::make_shared<const room::OfflineTerms>(
      room::OfflineTerms{std::move(exporter_), relay_urls(room()), system_entropy(),
                         runtime_.relays().preferred_urls()});
  conversation_ = std::make_shared<room::Conversation>(std::move(parameters), *session_,
                                                       runtime_.store(), *this);
  conversation_->offer_mailbox();
  paths_.emplace(
      runtime_.executor(), [this] { return own_paths(); },
      [this](const wire::Candidates& ours) { conversation_->offer(ours); });
}

// Where we are is told to a host that is met directly, and to no other.
std::optional<std::vector<wire::Candidate>> Joiner::own_paths() const {
  const auto reach = wire::decode_reach(room().reach.view());
  if (room().tor_only || !reach || reach->tor_only || reach->direct.empty()) {
    return std::nullopt;
  }
  std::vector<wire::DirectAddress> addresses;
  for (std::string& host : net::interface_addresses()) {
    addresses.push_back({std::move(host), active_port});
  }
  return tcp_candidates(addresses);
}

void Joiner::on_message(std::int64_t seq, const wire::Message& message,
                        const store::ContactRow& author) {
  listener_.on_message(seq, message, author);
}
void Joiner::on_delivered(const MessageId& id) {
  listener_.on_delivered(id);
}
void Joiner::on_read(const MessageId& id) {
  listener_.on_read(id);
}
void Joiner::on_rejected(const MessageId& id, const Error& why) {
  listener_.on_rejected(id, why);
}
void Joiner::on_presence(const store::ContactRow& who, bool here) {
  listener_.on_presence(who, here);
}
void Joiner::on_verification(const wire::VerificationStep& step) {
  listener_.on_verification(step);
}
void Joiner::on_key_changed(const Error& why) {
  listener_.on_notice(why);
}
void Joiner::on_failure(const Error& why) {
  abandon_link(why);
}

}  // namespace sotto::node
