// How the owner opens rooms: hosts them, enters them, and has others attach to them.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "node/agent.h"
#include "node/errors.h"
#include "node/invites.h"
#include "node/open_visit.h"
#include "node/rendering.h"
#include "node/room_password.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds opening_poll{5};

// Whoever attaches to a room that is open over Tor may ask for nothing that would leave it.
Result<void> check_attaching(const HostedRoom& room, const HostRequest& request,
                             const std::vector<Exposure>& exposures) {
  if (request.tor.leave) {
    return leaves_tor(
        "This room is open over Tor at the moment: `sotto rooms close` it first, then give the "
        "promise up.");
  }
  if (const auto checked = goes_over_tor(request, room.row()); !checked) {
    return std::unexpected(checked.error());
  }
  return check_under_tor(exposures);
}

std::unexpected<Error> open_already(const std::string& name) {
  return fail(Errc::open_already,
              "The room " + displayable(name) +
                  " is open already, and lets strangers in otherwise than asked for now. End "
                  "the `host` that runs first.");
}

}  // namespace

Async<OpenedReply> Agent::host(ClientId client, HostRequest request) {
  if (auto settled = settle_door(request); !settled) {
    co_return std::unexpected(settled.error());
  }
  if (auto set = use_tor(runtime_, request.tor); !set) co_return std::unexpected(set.error());
  const auto exposures = parse_exposures(request.expose);
  if (!exposures) co_return std::unexpected(exposures.error());
  const AcceptRequest files = request.files;
  const auto may_accept = co_await check_accept(files);
  if (!may_accept) co_return std::unexpected(may_accept.error());
  // One after the other: two at once would each make the room, or its address, anew.
  net::AsioTimer timer(runtime_.executor());
  while (opening_->contains(request.room)) {
    co_await timer.sleep_until(timer.now() + opening_poll);
  }
  const Mark<std::string> turn(opening_, request.room);
  auto job = [this, name = request.room](store::Database&) {
    return open_own_room(runtime_.profile(), name);
  };
  auto row = co_await runtime_.store().run<store::RoomRow>(std::move(job));
  if (!row) co_return std::unexpected(row.error());
  const RoomId id = row->id;
  const Mark<RoomId> opens(about_to_open_, id);
  const auto may = co_await may_open(id);
  if (!may) co_return std::unexpected(may.error());
  if (request.tor.only || (row->tor_only && !request.tor.leave)) {
    if (auto checked = check_under_tor(*exposures); !checked) {
      co_return std::unexpected(checked.error());
    }
  }
  if (!clients_.contains(client)) co_return client_is_gone();
  if (const auto open = rooms_.find(id); open != rooms_.end()) {
    const auto hosted = std::dynamic_pointer_cast<HostedRoom>(open->second.room);
    if (hosted && !hosted->lets_in_as(request)) co_return open_already(request.room);
    if (auto checked = check_route(id, request.tor.only); !checked) {
      co_return std::unexpected(checked.error());
    }
    if (hosted && hosted->is_over_tor()) {
      auto checked = check_attaching(*hosted, request, *exposures);
      if (!checked) co_return std::unexpected(checked.error());
    }
    if (auto set = runtime_.relays().configure(request.relay); !set) {
      co_return std::unexpected(set.error());
    }
    if (hosted) {
      if (auto exposed = hosted->expose(client, *exposures); !exposed) {
        co_return std::unexpected(exposed.error());
      }
    }
    const OpenedReply reply = hold(open->second, client);
    open->second.room->files().accept(client, files);
    greet(open->second, client);
    co_return reply;
  }
  if (const auto checked = goes_over_tor(request, *row); !checked) {
    co_return std::unexpected(checked.error());
  }
  if (auto set = runtime_.relays().configure(request.relay); !set) {
    co_return std::unexpected(set.error());
  }
  // Who waits for tor, or for relays, hears how far it is.
  const std::function<void(const Event&)> waiting =
      [this, client, id, alive = std::weak_ptr(opening_)](const Event& event) {
        if (!alive.expired()) notify(client, id, event, std::nullopt);
      };
  const TorWatch watch(runtime_.tor(), waiting);
  // A tor that does not come up is waited for as long as somebody is there to see it.
  using namespace boost::asio::experimental::awaitable_operators;
  auto race = HostedRoom::open(runtime_, *this, std::move(request), std::move(*row), waiting) ||
              until_gone(client);
  auto first = co_await std::move(race);
  if (first.index() == 1) co_return client_is_gone();
  auto room = std::get<0>(std::move(first));
  if (!room) co_return std::unexpected(room.error());
  if (!clients_.contains(client)) co_return client_is_gone();
  const std::shared_ptr<HostedRoom> opened = std::move(*room);
  [[maybe_unused]] const auto exposed = opened->expose(client, *exposures);
  assert(exposed);  // nothing was before
  Entry& entry = rooms_.insert_or_assign(id, Entry{opened, {}, {}}).first->second;
  const OpenedReply reply = hold(entry, client);
  opened->files().accept(client, files);
  const auto missed = co_await show_missed(id);
  if (!missed) {
    on_room_ended(id, std::unexpected(missed.error()));
    co_return std::unexpected(missed.error());
  }
  opened->start();
  if (const auto still = rooms_.find(id); still != rooms_.end()) greet(still->second, client);
  mail_.fetch(id);
  co_return reply;
}

Result<void> Agent::check_route(const RoomId& id, bool over_tor) const {
  const auto open = rooms_.find(id);
  if (open == rooms_.end() || !over_tor || open->second.room->row().tor_only) return {};
  return open_without_tor();
}

std::unexpected<Error> open_without_tor() {
  return leaves_tor(
      "This room is open without Tor at the moment. End what has opened it, or "
      "`sotto rooms close` it, and try again.");
}

Async<void> Agent::until_gone(ClientId client) {
  while (clients_.contains(client) && !stopping_) {
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  co_return Result<void>();
}

Async<void> Agent::until_stopped() {
  co_await stopped_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Result<void>();
}

// The first visit to an open room; close_all() ends it at once.
Async<TargetRequest> Agent::enter(OpenRequest open, TorRequest tor, milliseconds timeout) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (stopping_) co_return client_is_gone();
  auto race =
      enter_open_room(runtime_, std::move(open), std::move(tor), timeout) || until_stopped();
  auto first = co_await std::move(race);
  if (first.index() == 0 && !stopping_) co_return std::get<0>(std::move(first));
  co_return client_is_gone();
}

Async<OpenedReply> Agent::join(ClientId client, JoinRequest request) {
  const TorRequest tor = request.target.tor;
  if (auto set = use_tor(runtime_, tor); !set) co_return std::unexpected(set.error());
  const auto forwards = parse_forwards(request.forward);
  if (!forwards) co_return std::unexpected(forwards.error());
  const auto may_accept = co_await check_accept(request.files);
  if (!may_accept) co_return std::unexpected(may_accept.error());
  if (request.target.open) {
    auto entered = co_await enter(std::move(*request.target.open), tor, request.timeout);
    if (!entered) co_return std::unexpected(entered.error());
    entered->tor = tor;
    entered->relay = std::move(request.target.relay);
    entered->directories = std::move(request.target.directories);
    request.target = std::move(*entered);
  }
  const auto asked = std::make_shared<TargetRequest>(std::move(request.target));
  auto job = [this, asked](store::Database&) {
    return resolve_target(runtime_.profile(), *asked);
  };
  auto target = co_await runtime_.store().run<Target>(std::move(job));
  if (!target) co_return std::unexpected(target.error());
  if (!target->joined) {
    co_return fail(Errc::own_room, "You host the room " + displayable(target->room.name) +
                                       " yourself: `sotto host` is the way to talk in it.");
  }
  const RoomId id = target->joined->room.id;
  const Mark<RoomId> opens(about_to_open_, id);
  const auto may = co_await may_open(id);
  if (!may) co_return std::unexpected(may.error());
  if (!clients_.contains(client)) co_return client_is_gone();
  if (auto checked = check_route(id, tor.only || target->joined->room.tor_only); !checked) {
    co_return std::unexpected(checked.error());
  }
  auto ports = open_ports(runtime_.executor(), *forwards);
  if (!ports) co_return std::unexpected(ports.error());
  if (auto set = runtime_.relays().configure(asked->relay); !set) {
    co_return std::unexpected(set.error());
  }
  runtime_.look_in(asked->directories);
  const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
  const auto open = rooms_.find(id);
  const bool is_open = open != rooms_.end();
  auto room = is_open ? std::dynamic_pointer_cast<JoinedRoom>(open->second.room)
                      : std::make_shared<JoinedRoom>(
                            runtime_, *this,
                            Joiner::Parameters{std::move(*target->joined), wire::Purpose::enter,
                                               deadline, true});
  if (!is_open) rooms_.emplace(id, Entry{room, {}, {}});
  const OpenedReply reply = hold(rooms_.at(id), client);
  room->forward(client, std::move(*ports));
  room->files().accept(client, request.files);
  if (is_open && room->purpose() == wire::Purpose::enter) {
    greet(rooms_.at(id), client);
    co_return reply;
  }
  // A link that only sends becomes one that is present.
  if (is_open) room->enter(deadline);
  if (!target->introduced) {
    on_room_event(
        id, unverified_host(crypto::to_string(crypto::fingerprint(room->joiner().host()))),
        std::nullopt);
  }
  const auto missed = co_await show_missed(id);
  if (!missed) {
    if (!is_open) on_room_ended(id, std::unexpected(missed.error()));
    co_return std::unexpected(missed.error());
  }
  if (!is_open) room->start();
  mail_.fetch(id);
  co_return reply;
}

}  // namespace sotto::node
