#include "node/open_visit.h"

#include "base/encoding.h"
#include "base/text.h"
#include "net/asio_timer.h"
#include "node/errors.h"
#include "node/json_fields.h"
#include "node/room_password.h"
#include "node/system.h"
#include "node/target_text.h"
#include "room/errors.h"
#include "room/open_entry.h"
#include "session/link_driver.h"
#include "session/open_driver.h"
#include "wire/card.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// Where to knock and what to say there, made out of a request.
struct Door {
  std::vector<net::HostPort> addresses;
  std::vector<wire::DirectAddress> known_as;  // the same, as the store has them
  std::optional<RoomId> room;
  std::optional<Secret> password;

  const Secret* password_if_any() const { return password ? &*password : nullptr; }
  room::OpenHost shown_by(crypto::Card card) const { return {std::move(card), known_as, room}; }
};

Result<Door> make_door(const std::vector<std::string>& addresses,
                       const std::optional<std::string>& room_id,
                       const std::optional<Secret>& password) {
  if (addresses.empty() || addresses.size() > wire::direct_addresses_limit) {
    return wrong_params("addresses");
  }
  Door door;
  for (const std::string& text : addresses) {
    auto address = parse_address(text);
    if (!address) return wrong_params("addresses");
    if (!*address) return pass(*address);
    door.known_as.push_back({(*address)->host, (*address)->port});
    door.addresses.push_back(std::move(**address));
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

// Past the door: the welcome, read off the link.
Async<wire::Welcome> take_welcome(transport::ByteStream& stream, net::AsioTimer& timer,
                                  session::Link& link, const std::optional<RoomId>& room) {
  auto reception = co_await session::read_reception(stream, timer, link);
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
  const auto door = make_door(request.addresses, request.room_id, request.password);
  if (!door) co_return std::unexpected(door.error());
  net::AsioTimer timer(runtime.executor());
  const SteadyTime limit = timer.now() + request.timeout;
  auto connection = co_await net::dial_tcp(runtime.executor(), door->addresses, limit);
  if (!connection) co_return std::unexpected(connection.error());
  const auto card = co_await session::peek_link(*connection->stream, timer,
                                                door->password_if_any(), system_entropy());
  if (!card) co_return std::unexpected(card.error());
  auto shown = std::make_shared<room::OpenHost>(door->shown_by(*card));
  const auto known = co_await check(runtime, std::move(shown));
  if (!known) co_return std::unexpected(known.error());
  co_return reply_for(*card, *known);
}

Async<TargetRequest> enter_open_room(Runtime& runtime, OpenRequest request,
                                     milliseconds timeout) {
  const auto door = make_door(request.addresses, request.room_id, request.password);
  if (!door) co_return std::unexpected(door.error());
  auto card = wire::decode_card(request.card);
  if (!card) co_return std::unexpected(card.error());
  auto expected = std::make_shared<room::OpenHost>(door->shown_by(*card));
  const auto known = co_await check(runtime, std::move(expected));
  if (!known) co_return std::unexpected(known.error());

  net::AsioTimer timer(runtime.executor());
  const SteadyTime limit = timer.now() + timeout;
  auto connection = co_await net::dial_tcp(runtime.executor(), door->addresses, limit);
  if (!connection) co_return std::unexpected(connection.error());
  transport::ByteStream& stream = *connection->stream;
  wire::JoinerAuth auth{runtime.profile().card(), wire::Purpose::send, std::nullopt};
  session::OpenJoinerParameters parameters{
      std::nullopt, *card, runtime.profile().keys().static_key.copy(), std::move(auth)};
  auto keys = co_await session::connect_open_link(stream, timer, std::move(parameters),
                                                  door->password_if_any(), system_entropy());
  if (!keys) co_return std::unexpected(keys.error());
  session::Link link(std::move(*keys), timer.now());
  auto welcome = co_await take_welcome(stream, timer, link, door->room);
  if (!welcome) co_return std::unexpected(welcome.error());

  auto entrance = std::make_shared<Entrance>(
      Entrance{door->shown_by(*card), std::move(*welcome), request.verified});
  auto job = [entrance](store::Database& database) -> Result<std::string> {
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
