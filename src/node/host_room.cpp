#include "node/host_room.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cassert>

#include "base/log.h"
#include "base/text.h"
#include "node/host_room_member.h"
#include "room/people.h"
#include "session/record.h"
#include "wire/card.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds goodbye_limit{2'000};
constexpr std::size_t sessions_of_one_limit = 8;

// Hears what the last connections do after the room was closed: nobody is left to be told.
class Nobody final : public HostRoomListener {
  void on_linked(const LinkEvent&) override {}
  void on_member(const store::ContactRow&, bool) override {}
  void on_message(std::int64_t, const wire::Message&, const store::ContactRow&) override {}
  void on_delivered(const MessageId&) override {}
  void on_verification(const wire::VerificationStep&, const crypto::Hash64&) override {}
  void on_trouble(const Error&) override {}
  void on_mailbox(const crypto::Ed25519PublicKey&) override {}
};
Nobody nobody;

}  // namespace

// Finds the psk of a ref in the store while the joiner waits.
class HostRoom::Lookup final : public session::RefLookup {
 public:
  Lookup(StoreThread& store, HandshakeGate::Place& place) : store_(store), place_(place) {}

  Async<crypto::SymmetricKey> psk_of(const LinkRef& ref) override {
    place_.heard_hello();
    auto job = [ref](store::Database& database) { return room::psk_of(database, ref); };
    co_return co_await store_.run<crypto::SymmetricKey>(std::move(job));
  }

 private:
  StoreThread& store_;
  HandshakeGate::Place& place_;
};

HostRoom::HostRoom(Runtime& runtime, std::vector<Entrance> entrances, Parameters parameters,
                   HostRoomListener& events)
    : runtime_(runtime),
      entrances_(std::move(entrances)),
      parameters_(std::move(parameters)),
      events_(&events) {}

HostRoom::~HostRoom() = default;

void HostRoom::start() {
  for (const Entrance& entrance : entrances_) {
    asio::co_spawn(runtime_.executor(), keep_accepting(shared_from_this(), entrance),
                   asio::detached);
  }
}

asio::awaitable<void> HostRoom::keep_accepting(std::shared_ptr<HostRoom> self,
                                               const Entrance& by) {
  while (true) {
    auto connection = co_await by.listener->accept();
    if (!connection) co_return;
    asio::co_spawn(self->runtime_.executor(), keep_serving(self, by, std::move(*connection)),
                   asio::detached);
  }
}

// The coroutine of one connection; it keeps the room alive.
asio::awaitable<void> HostRoom::keep_serving(std::shared_ptr<HostRoom> self, const Entrance& by,
                                             transport::Accepted connection) {
  ++self->connections_;
  co_await self->serve(by, std::move(connection));
  --self->connections_;
}

Async<void> HostRoom::serve(const Entrance& by, transport::Accepted connection) {
  net::AsioTimer timer(runtime_.executor());
  const SteadyTime since = timer.now();
  transport::ByteStream& stream = *connection.stream;
  HandshakeGate::Place place(gate_, stream);
  Lookup lookup(runtime_.store(), place);
  const Profile& profile = runtime_.profile();
  const session::HostKeys keys{profile.card(), profile.keys().static_key};
  auto accepted = co_await session::accept_link(
      stream, timer, keys, lookup, parameters_.open_door.get(), system_entropy(), *by.pace);
  if (!accepted) {
    log(LogLevel::debug, "turned away " + connection.peer + ": " + accepted.error().text());
    stream.close();
    co_return Result<void>();
  }
  auto job = [self = shared_from_this(),
              request = std::make_shared<room::AdmissionRequest>(room::AdmissionRequest{
                  accepted->ref, accepted->auth.card, parameters_.room, parameters_.max_members,
                  wall_now()})](store::Database& database) {
    return room::admit(database, *request, system_entropy());
  };
  auto verdict = co_await runtime_.store().run<room::Verdict>(std::move(job));
  place.leave();
  if (!verdict) {
    events_->on_trouble(verdict.error());
    co_return co_await refuse(by, stream, std::move(accepted->transport),
                              wire::RefusedReason::busy);
  }
  if (const auto* reason = std::get_if<wire::RefusedReason>(&*verdict)) {
    if (*reason == wire::RefusedReason::key_changed) {
      co_await report_changed_key(accepted->auth.card);
    }
    co_return co_await refuse(by, stream, std::move(accepted->transport), *reason);
  }
  if (closing_) {
    co_return co_await refuse(by, stream, std::move(accepted->transport),
                              wire::RefusedReason::room_closed);
  }
  co_return co_await welcome(by, connection, std::move(*accepted),
                             std::move(std::get<room::Admission>(*verdict)), since);
}

// Loudly: the host learns that somebody came under a known identity with other keys.
Async<void> HostRoom::report_changed_key(const crypto::Card& card) {
  auto job = [card](store::Database& database) -> Result<bool> {
    const auto met = room::meet(database, card, wall_now());
    if (!met) return std::unexpected(met.error());
    return true;
  };
  const auto met = co_await runtime_.store().run<bool>(std::move(job));
  if (!met) events_->on_trouble(met.error());
  co_return Result<void>();
}

Async<void> HostRoom::refuse(const Entrance& by, transport::ByteStream& stream,
                             noise::Transport transport, wire::RefusedReason reason) {
  net::AsioTimer timer(runtime_.executor());
  session::Link link(std::move(transport), timer.now(), by.pace->link);
  link.send(wire::FrameType::refused, wire::encode(reason));
  link.say_goodbye(wire::GoodbyeReason::leaving);
  co_return co_await session::finish_link(stream, link, timer);
}

// A resume that comes later than a newer one of the same session: it must not replace it.
bool HostRoom::is_overtaken(const session::AcceptedLink& accepted) const {
  const auto& wanted = accepted.auth.resume;
  if (!wanted) return false;
  const auto at = members_.find(wanted->session_id);
  return at != members_.end() && at->second->card.static_pk == accepted.auth.card.static_pk &&
         wanted->link_no <= at->second->session.link_no();
}

// The session that a member's resume names, moved to this link; null when it cannot go on.
std::shared_ptr<HostRoom::Member> HostRoom::resume(const session::AcceptedLink& accepted) {
  const auto& wanted = accepted.auth.resume;
  if (!wanted) return nullptr;
  const auto at = members_.find(wanted->session_id);
  if (at == members_.end()) return nullptr;
  auto member = at->second;
  if (member->card.identity_pk != accepted.auth.card.identity_pk ||
      member->card.static_pk != accepted.auth.card.static_pk) {
    return nullptr;
  }
  if (!member->session.attach(wanted->link_no, wanted->last_received)) return nullptr;
  member->lingering.cancel();
  return member;
}

std::shared_ptr<HostRoom::Member> HostRoom::admit(const session::AcceptedLink& accepted,
                                                  const room::Admission& admission) {
  make_room_for(accepted.auth.card.identity_pk);
  const auto id = SessionId::random(system_entropy());
  auto member = std::make_shared<Member>(*this, id, admission, accepted);
  [[maybe_unused]] const auto attached = member->session.attach(1, 0);
  assert(attached);
  members_.emplace(id, member);
  return member;
}

// A member with many sessions at once loses one that has no link.
void HostRoom::make_room_for(const crypto::Ed25519PublicKey& identity) {
  std::vector<std::shared_ptr<Member>> theirs;
  for (const auto& [id, member] : members_) {
    if (member->contact.identity_pk == identity) theirs.push_back(member);
  }
  if (theirs.size() < sessions_of_one_limit) return;
  const auto idle = std::ranges::find(theirs, nullptr, &Member::link);
  const auto& victim = idle == theirs.end() ? theirs.front() : *idle;
  victim->say_goodbye(wire::GoodbyeReason::replaced);
  drop(victim->session.id());
}

Async<void> HostRoom::welcome(const Entrance& by, transport::Accepted& connection,
                              session::AcceptedLink accepted, room::Admission admission,
                              SteadyTime since) {
  if (is_overtaken(accepted)) {
    co_return co_await refuse(by, *connection.stream, std::move(accepted.transport),
                              wire::RefusedReason::busy);
  }
  auto member = resume(accepted);
  const bool resumed = member != nullptr;
  if (!resumed) member = admit(accepted, admission);

  transport::ByteStream& stream = *connection.stream;
  net::AsioTimer timer(runtime_.executor());
  session::Link link(std::move(accepted.transport), timer.now(), by.pace->link);
  const wire::Welcome reply{member->session.id(),
                            resumed,
                            resumed ? member->session.last_received() : 0,
                            admission.room,
                            admission.room_name,
                            std::move(admission.access)};
  link.send(wire::FrameType::welcome, wire::encode(reply).view());
  member->link = &link;
  member->timer = &timer;
  member->route = by.route;
  member->address = connection.peer.empty() ? by.address : connection.peer;
  member->session.set_wake([&timer] { timer.wake(); });
  const std::uint64_t link_no = member->session.link_no();
  events_->on_linked({crypto::to_string(member->contact.fingerprint), member->contact.name,
                      member->contact.verified, member->route, member->address, std::nullopt,
                      std::chrono::duration_cast<milliseconds>(timer.now() - since)});
  if (!resumed) enter(member);
  member->conversation->pump();
  member->conversation->tell_read();
  if (member->purpose == wire::Purpose::enter) member->paths->look();

  auto take_events = [member] { member->conversation->on_session_events(); };
  const auto ended = co_await session::run_link(stream, link, member->session, link_no, timer,
                                                std::move(take_events));
  if (!ended && session::is_tampering(ended.error())) {
    events_->on_trouble(Error(session::Errc::link_lost,
                              "The link to " + displayable(member->contact.name) + " (" +
                                  by.route + ", " + displayable(member->address) +
                                  "): " + ended.error().text()));
  }
  // A newer link may have taken over while this one was on its way out.
  if (member->link != &link) co_return Result<void>();
  member->link = nullptr;
  member->timer = nullptr;
  member->session.set_wake({});
  note_last_seen(*member);
  // What came just before the end is on its way into the store: it is still shown and passed
  // on.
  do {
    co_await runtime_.store().settled();
  } while (member->link == nullptr && member->conversation->is_storing());
  if (member->link != nullptr) co_return Result<void>();
  const bool over = ended || ended.error().is(session::Errc::left) ||
                    ended.error().is(session::Errc::protocol);
  if (over || closing_) {
    drop(member->session.id());
  } else {
    linger(member);
  }
  co_return Result<void>();
}

Async<void> HostRoom::close(wire::GoodbyeReason reason) {
  closing_ = true;
  for (const Entrance& entrance : entrances_) entrance.listener->close();
  gate_.close_all();
  for (const auto& [id, member] : members_) {
    member->say_goodbye(reason);
  }
  net::AsioTimer timer(runtime_.executor());
  const SteadyTime limit = timer.now() + goodbye_limit;
  while (connections_ > 0 && timer.now() < limit) {
    co_await timer.sleep_until(timer.now() + milliseconds(5));
  }
  events_ = &nobody;
  co_return Result<void>();
}

}  // namespace sotto::node
