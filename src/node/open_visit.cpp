#include "node/open_visit.h"

#include "base/encoding.h"
#include "base/text.h"
#include "net/asio_timer.h"
#include "node/dialer.h"
#include "node/errors.h"
#include "node/json_fields.h"
#include "node/room_password.h"
#include "node/system.h"
#include "node/target_text.h"
#include "room/errors.h"
#include "room/open_entry.h"
#include "room/tor_promise.h"
#include "session/link_driver.h"
#include "session/open_driver.h"
#include "wire/card.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// Where to knock and what to say there, made out of a request.
struct Door {
  wire::Reach reach;  // direct addresses, or one of an onion service that anybody may reach
  std::optional<RoomId> room;
  std::optional<Secret> password;

  const Secret* password_if_any() const { return password ? &*password : nullptr; }
  wire::Reach copy_of_reach() const {
    wire::Reach copy;
    copy.direct = reach.direct;
    if (reach.onion)
      copy.onion = wire::OnionAddress{reach.onion->address, reach.onion->port, {}};
    copy.tor_only = reach.tor_only;
    return copy;
  }
  room::OpenHost shown_by(crypto::Card card) const {
    return {std::move(card), copy_of_reach(), room};
  }
};

Result<void> add_address(const std::string& text, wire::Reach& reach) {
  if (const auto onion = parse_onion(text)) {
    if (!*onion) return std::unexpected(onion->error());
    reach.onion =
        wire::OnionAddress{(*onion)->address.host(), (*onion)->port.value_or(onion_port), {}};
    reach.tor_only = true;
    return {};
  }
  auto address = parse_address(text);
  if (!address) return wrong_params("addresses");
  if (!*address) return pass(*address);
  reach.direct.push_back({(*address)->host, (*address)->port});
  return {};
}

Result<Door> make_door(const std::vector<std::string>& addresses,
                       const std::optional<std::string>& room_id,
                       const std::optional<Secret>& password, const TorRequest& tor) {
  if (addresses.empty() || addresses.size() > wire::direct_addresses_limit) {
    return wrong_params("addresses");
  }
  Door door;
  for (const std::string& text : addresses) {
    if (auto added = add_address(text, door.reach); !added) return pass(added);
  }
  if (tor.only && !door.reach.onion) {
    return leaves_tor(
        "With --tor nothing is reached but onion services. Ask the host for an "
        ".onion address.");
  }
  if (room_id) {
    door.room = parse_room_id(*room_id);
    if (!door.room) return wrong_params("room_id");
  }
  if (password) {
    auto normalized = room_password(*password);
    if (!normalized) return pass(normalized);
    door.password = std::move(*normalized);
  }
  return door;
}

std::unexpected<Error> own_room() {
  return fail(Errc::own_room,
              "This profile hosts the room itself: `sotto host` is the way to talk in it.");
}
std::unexpected<Error> another_room() {
  return fail(session::Errc::protocol,
              "The host answered for another room than the one named. Nothing was kept.");
}
std::unexpected<Error> no_access() {
  return fail(session::Errc::protocol, "The host let us in without a way to come back.");
}

Async<room::KnownHost> check(Runtime& runtime, std::shared_ptr<room::OpenHost> host) {
  if (host->card.identity_pk == runtime.profile().card().identity_pk) co_return own_room();
  auto job = [host](store::Database& database) {
    return room::check_open_host(database, *host);
  };
  co_return co_await runtime.store().run<room::KnownHost>(std::move(job));
}

PeekReply reply_for(const crypto::Card& card, const room::KnownHost& known) {
  const bool verified = known.contact && known.contact->verified;
  return {.name = known.contact ? known.contact->name : card.name,
          .fingerprint = crypto::to_string(crypto::fingerprint(card)),
          .card = wire::encode(card),
          .verified = verified,
          .known = verified || known.hosts_for_us};
}

// Knocks.  Nobody else's circuits are used for it.
Async<Dialed> approach(Runtime& runtime, const Door& door, SteadyTime limit) {
  if (door.reach.onion) {
    wire::OnionAddress onion{door.reach.onion->address, door.reach.onion->port, std::nullopt};
    auto isolation = tor::Isolation::random(system_entropy());
    co_return co_await dial_onion(runtime, std::move(onion), std::move(isolation), limit);
  }
  std::vector<net::HostPort> addresses;
  for (const auto& direct : door.reach.direct) addresses.push_back({direct.host, direct.port});
  co_return co_await dial_direct(runtime, std::move(addresses), limit);
}

// Past the door: the welcome, read off the link.
Async<wire::Welcome> take_welcome(transport::ByteStream& stream, net::AsioTimer& timer,
                                  session::Link& link, const session::Pace& pace,
                                  const std::optional<RoomId>& room) {
  auto reception = co_await session::read_reception(stream, timer, link, pace);
  if (!reception) co_return std::unexpected(reception.error());
  if (const auto* reason = std::get_if<wire::RefusedReason>(&*reception)) {
    co_return std::unexpected(room::refusal(*reason));
  }
  auto& welcome = std::get<wire::Welcome>(*reception);
  if (room && welcome.room_id != *room) co_return another_room();
  if (!welcome.access) co_return no_access();
  co_return std::move(welcome);
}

struct Entrance {
  room::OpenHost host;
  wire::Welcome welcome;
  bool verified = false;
};

}  // namespace

Async<PeekReply> peek_open_room(Runtime& runtime, PeekRequest request) {
  if (auto set = use_tor(runtime, request.tor); !set) co_return std::unexpected(set.error());
  const auto door =
      make_door(request.addresses, request.room_id, request.password, request.tor);
  if (!door) co_return std::unexpected(door.error());
  net::AsioTimer timer(runtime.executor());
  const SteadyTime limit = timer.now() + request.timeout;
  auto connection = co_await approach(runtime, *door, limit);
  if (!connection) co_return std::unexpected(connection.error());
  const auto card = co_await session::peek_link(
      *connection->stream, timer, door->password_if_any(), system_entropy(), *connection->pace);
  if (!card) co_return std::unexpected(card.error());
  auto shown = std::make_shared<room::OpenHost>(door->shown_by(*card));
  const auto known = co_await check(runtime, std::move(shown));
  if (!known) co_return std::unexpected(known.error());
  co_return reply_for(*card, *known);
}

Async<TargetRequest> enter_open_room(Runtime& runtime, OpenRequest request, TorRequest tor,
                                     milliseconds timeout) {
  const auto door = make_door(request.addresses, request.room_id, request.password, tor);
  if (!door) co_return std::unexpected(door.error());
  auto card = wire::decode_card(request.card);
  if (!card) co_return std::unexpected(card.error());
  auto expected = std::make_shared<room::OpenHost>(door->shown_by(*card));
  const auto known = co_await check(runtime, std::move(expected));
  if (!known) co_return std::unexpected(known.error());
  // From here on the host learns who we are.
  if (known->contact && known->contact->tor_only && !door->reach.onion && !tor.leave) {
    co_return leaves_tor(
        "This host is to be reached through Tor alone. Ask for its .onion address, or give the "
        "promise up with --leave-tor.");
  }

  net::AsioTimer timer(runtime.executor());
  const SteadyTime limit = timer.now() + timeout;
  auto connection = co_await approach(runtime, *door, limit);
  if (!connection) co_return std::unexpected(connection.error());
  transport::ByteStream& stream = *connection->stream;
  wire::JoinerAuth auth{runtime.profile().card(), wire::Purpose::send, std::nullopt};
  session::OpenJoinerParameters parameters{
      std::nullopt, *card, runtime.profile().keys().static_key.copy(), std::move(auth)};
  auto keys = co_await session::connect_open_link(stream, timer, std::move(parameters),
                                                  door->password_if_any(), system_entropy(),
                                                  *connection->pace);
  if (!keys) co_return std::unexpected(keys.error());
  session::Link link(std::move(*keys), timer.now(), connection->pace->link);
  auto welcome = co_await take_welcome(stream, timer, link, *connection->pace, door->room);
  if (!welcome) co_return std::unexpected(welcome.error());

  auto entrance = std::make_shared<Entrance>(
      Entrance{door->shown_by(*card), std::move(*welcome), request.verified});
  auto job = [entrance, leave = tor.leave](store::Database& database) -> Result<std::string> {
    if (leave) {
      auto lifted = room::lift_tor_promise(database, entrance->welcome.room_id,
                                           entrance->host.card.identity_pk);
      if (!lifted) return pass(lifted);
    }
    const auto kept = room::keep_open_room(database, entrance->host, entrance->welcome,
                                           entrance->verified, wall_now());
    if (!kept) return std::unexpected(kept.error());
    return kept->room.name;
  };
  auto name = co_await runtime.store().run<std::string>(std::move(job));
  link.say_goodbye(wire::GoodbyeReason::leaving);
  co_await session::finish_link(stream, link, timer);
  if (!name) co_return std::unexpected(name.error());
  TargetRequest target;
  target.name = std::move(*name);
  co_return target;
}

}  // namespace sotto::node
