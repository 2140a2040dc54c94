// How the owner sends: `send`, over a room that is open or one opened for it.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/text.h"
#include "node/agent.h"
#include "node/agent_leaving.h"
#include "node/json_fields.h"
#include "node/messages.h"
#include "node/rendering.h"

namespace sotto::node {
namespace {

milliseconds since(SteadyTime start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

std::set<std::int64_t> seqs_of(const std::vector<room::Composed>& composed) {
  std::set<std::int64_t> seqs;
  for (const room::Composed& message : composed) seqs.insert(message.seq);
  return seqs;
}

// The host is not there, as far as that goes: the other way counts.
bool may_pass(const Error& why) {
  return why.kind() == Kind::unreached || why.kind() == Kind::service;
}

std::unexpected<Error> goes_to_all(const Target& target) {
  const std::string room = displayable(target.room.name);
  return fail(Errc::own_room, displayable(target.only->name) + " is a member of your room " +
                                  room +
                                  ": what is said there goes to all. Write to the room "
                                  "(`sotto send " +
                                  room + "`), or send a file (--file).");
}

// What is said of messages that were not known to arrive.
std::string unsettled_status(const Leftover& left) {
  if (left.stays) return "queued";
  return left.may_have_left ? "sent" : "cancelled";
}

// True when nobody may take the messages of this send back.
bool is_left(const SendRequest& request) {
  return request.queue || request.wait == WaitFor::relayed || request.wait == WaitFor::queued;
}

// A message that was given up before has its old place in the outbox, which its room may have
// passed.
bool is_requeued(const room::Composed& message) {
  return message.queued && !message.is_new;
}

void pump(OpenRoom& room, const std::vector<room::Composed>& composed) {
  for (const room::Composed& message : composed) {
    if (is_requeued(message)) room.requeued(message.seq);
  }
  room.pump();
}

}  // namespace

Async<std::shared_ptr<JoinedRoom>> Agent::open_for_sending(room::JoinedRoom target,
                                                           SteadyTime deadline) {
  const RoomId id = target.room.id;
  const Mark<RoomId> opens(about_to_open_, id);
  const auto may = co_await may_open(id);
  if (!may) co_return std::unexpected(may.error());
  if (clients_.empty()) co_return client_is_gone();
  if (const auto open = rooms_.find(id); open != rooms_.end()) {
    if (auto checked = check_route(id, target.room.tor_only); !checked) {
      co_return std::unexpected(checked.error());
    }
    auto room = std::dynamic_pointer_cast<JoinedRoom>(open->second.room);
    room->keep_until(deadline);
    co_return room;
  }
  auto room = std::make_shared<JoinedRoom>(
      runtime_, *this,
      Joiner::Parameters{std::move(target), wire::Purpose::send, deadline, false});
  rooms_.insert_or_assign(id, Entry{room, {}, {}});
  room->start();
  // What the room was opened for hears that it has ended, and takes back what it queued.
  if (stopping_) room->close();
  co_return room;
}

void Agent::unwatch(const RoomId& id, ClientId client) {
  const auto at = rooms_.find(id);
  if (at == rooms_.end()) return;
  const auto watcher = at->second.watchers.find(client);
  if (watcher != at->second.watchers.end()) at->second.watchers.erase(watcher);
}

Async<Sent> Agent::send(ClientId client, SendRequest request) {
  if (request.texts.empty() && request.files.empty()) co_return wrong_params("texts");
  if (!request.files.empty() && (request.queue || request.wait != WaitFor::delivered)) {
    co_return wrong_params("files");
  }
  const auto is_absolute = [](const std::string& path) { return path.starts_with('/'); };
  if (!std::ranges::all_of(request.files, is_absolute)) co_return wrong_params("files");
  const SteadyTime started = std::chrono::steady_clock::now();
  const TorRequest tor = request.target.tor;
  if (auto set = use_tor(runtime_, tor); !set) co_return std::unexpected(set.error());
  if (request.target.open) {
    auto entered = co_await enter(std::move(*request.target.open), tor, request.timeout);
    if (!entered) co_return std::unexpected(entered.error());
    entered->tor = tor;
    entered->relay = std::move(request.target.relay);
    entered->directories = std::move(request.target.directories);
    request.target = std::move(*entered);
  }
  const auto asked = std::make_shared<SendRequest>(std::move(request));
  struct Prepared {
    Target target;
    std::vector<room::Composed> composed;
    std::unique_ptr<KeptBack> kept_back;  // what may be taken back stays off the relays
  };
  std::set<RoomId> without_tor;
  for (const auto& [room, entry] : rooms_) {
    if (!entry.room->row().tor_only) without_tor.insert(room);
  }
  auto job = [this, asked, without_tor = std::move(without_tor),
              marks = mail_.marks()](store::Database&) -> Result<std::shared_ptr<Prepared>> {
    auto target = resolve_target(runtime_.profile(), asked->target);
    if (!target) return pass(target);
    if (target->only && !asked->texts.empty()) return goes_to_all(*target);
    // Before anything is queued that an open link would take along.
    const bool over_tor = target->joined && target->joined->room.tor_only;
    if (over_tor && without_tor.contains(target->joined->room.id)) return open_without_tor();
    const RoomId id = target->joined ? target->joined->room.id : target->room.id;
    auto composed = compose_all(runtime_.profile(), id, *asked);
    if (!composed) return pass(composed);
    // Before the store lets anybody else see them.
    std::set<std::int64_t> kept;
    if (target->joined && !is_left(*asked)) kept = seqs_of(*composed);
    return std::make_shared<Prepared>(
        Prepared{std::move(*target), std::move(*composed),
                 std::make_unique<KeptBack>(marks, std::move(kept))});
  };
  auto prepared = co_await runtime_.store().run<std::shared_ptr<Prepared>>(std::move(job));
  if (!prepared) co_return std::unexpected(prepared.error());
  if (auto set = runtime_.relays().configure(asked->target.relay); !set) {
    co_return std::unexpected(set.error());
  }
  runtime_.look_in(asked->target.directories);
  Target& target = (*prepared)->target;
  const RoomId id = target.joined ? target.joined->room.id : target.room.id;
  if (std::ranges::any_of((*prepared)->composed, is_requeued)) mail_.look_anew(id);
  if (!target.joined || asked->wait == WaitFor::queued) {
    // What the host has committed is delivered, and what it wrote itself it has read.
    const WaitFor stage =
        target.joined ? WaitFor::queued : std::max(WaitFor::delivered, asked->wait);
    Sent sent = sent_so_far((*prepared)->composed, stage);
    sent.verified = !target.joined || target.joined->host_verified;
    if (const auto open = rooms_.find(id); open != rooms_.end()) {
      pump(*open->second.room, (*prepared)->composed);
    }
    courier_.wake();
    mail_.look(id);
    sent.elapsed = since(started);
    if (asked->files.empty()) co_return sent;
    co_return co_await send_files_here(client, id, std::move(*asked), std::move(sent),
                                       std::move(target.only), started);
  }
  co_await until_closed(id);
  const auto opened =
      co_await open_for_sending(std::move(*target.joined), started + asked->timeout);
  if (!opened) co_return std::unexpected(opened.error());
  const std::shared_ptr<JoinedRoom>& room = *opened;
  rooms_.at(id).watchers.insert(client);
  if (!target.introduced)
    notify(client, id,
           unverified_host(crypto::to_string(crypto::fingerprint(room->joiner().host()))),
           std::nullopt);
  auto done = co_await send_all(client, room, std::move(*asked),
                                std::move((*prepared)->composed), started);
  unwatch(id, client);
  co_return done;
}

Async<Sent> Agent::send_through(std::shared_ptr<JoinedRoom> room, SendRequest request,
                                std::vector<room::Composed> composed, SteadyTime started) {
  Sent sent = sent_so_far(composed, WaitFor::queued);
  sent.verified = room->joiner().host_verified();
  const bool was_linked = room->joiner().was_linked();
  const SteadyTime deadline = started + request.timeout;
  pump(*room, composed);
  const auto leaving = std::make_shared<Leaving>(room, composed);
  if (is_left(request)) {
    boost::asio::co_spawn(runtime_.executor(), leave_if_away(leaving), boost::asio::detached);
  }
  auto arrived = co_await room->wait_for(composed, request.wait, deadline);
  if (!arrived) co_return std::unexpected(arrived.error());
  // An attempt that found no way at all has ended before anybody was known to be away.
  const bool no_way = arrived->error && may_pass(*arrived->error);
  const bool in_time = std::chrono::steady_clock::now() < deadline;
  if (request.wait == WaitFor::relayed && no_way && in_time && !leaving->error) {
    const auto left = co_await leave_until(leaving, deadline);
    if (left) {
      arrived->relayed = std::chrono::steady_clock::now();
      arrived->error.reset();
    }
  }
  leaving->over = true;
  sent.elapsed = since(started);
  sent.attempts = room->joiner().attempts();
  if (room->joiner().was_linked()) {
    sent.route = room->joiner().route();
    sent.address = room->joiner().address();
    add_phases(sent, room->joiner(), was_linked, started, arrived->delivered, arrived->read);
  }
  const bool relayed = request.wait == WaitFor::relayed && arrived->relayed && !arrived->error;
  if (relayed && !arrived->delivered) {
    sent.status = "relayed";
    sent.phases.emplace_back("relayed", to_ms(*arrived->relayed - started));
  } else {
    // Of the two ways that were tried, the one that was asked for says why.
    const bool other_way = request.wait == WaitFor::relayed && leaving->error;
    if (other_way && no_way) arrived->error = leaving->error;
    sent.error = std::move(arrived->error);
  }
  if (arrived->delivered) {
    sent.status = !sent.error && request.wait == WaitFor::read ? "read" : "delivered";
  } else if (!relayed) {
    // Unless that was asked for nothing stays behind that would surprise by leaving later.
    auto job = [composed, row = room->row().id, host = room->row().host, keep = request.queue,
                was_linked = !sent.route.empty(),
                marks = mail_.marks()](store::Database& database) {
      return take_back(database, composed, row, host, keep, was_linked, *marks);
    };
    const auto leftover = co_await runtime_.store().run<Leftover>(std::move(job));
    sent.status = leftover ? unsettled_status(*leftover) : "sent";
    if (!leftover) sent.error = leftover.error();
    if (leftover && !leftover->stays) mail_.marks()->perhaps_left.remove(seqs_of(composed));
  }
  settle(*room, arrived->delivered.has_value());
  co_return sent;
}

// Kept warm for the next one; the last to go turns off the light.
void Agent::settle(JoinedRoom& room, bool arrived) {
  if (room.purpose() != wire::Purpose::send || room.is_waited_for()) return;
  if (arrived) {
    room.linger(warm_for);
  } else {
    room.close();
  }
}

}  // namespace sotto::node
