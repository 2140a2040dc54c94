#include "node/dialer.h"

#include <algorithm>

namespace sotto::node {

Async<Dialed> dial_direct(Runtime& runtime, std::vector<net::HostPort> addresses,
                          SteadyTime deadline) {
  auto connection = co_await net::dial_tcp(runtime.executor(), std::move(addresses), deadline);
  if (!connection) co_return std::unexpected(connection.error());
  Dialed dialed{std::move(connection->stream), "direct", net::to_string(connection->peer),
                connection->peer, &session::direct_pace};
  co_return dialed;
}

Async<Dialed> dial_onion(Runtime& runtime, wire::OnionAddress address, tor::Isolation isolation,
                         SteadyTime deadline) {
  const auto parsed = tor::OnionAddress::parse(address.address);
  if (!parsed) co_return std::unexpected(parsed.error());
  const std::uint16_t port = address.port == 0 ? onion_port : address.port;
  OnionTarget target{*parsed, port, std::move(address.client_auth_key)};
  auto stream = co_await runtime.tor().dial(std::move(target), std::move(isolation), deadline);
  if (!stream) co_return std::unexpected(stream.error());
  Dialed dialed{std::move(*stream), "onion", parsed->host() + ":" + std::to_string(port),
                std::nullopt, &session::onion_pace};
  co_return dialed;
}

Async<Dialed> dial_relay(Runtime& runtime, wire::RelaySlot slot, bool over_tor,
                         SteadyTime deadline) {
  const auto url = RelayUrl::parse(slot.url);
  if (!url) co_return std::unexpected(url.error());
  RelayPlace place = runtime.relays().place(*url, over_tor);
  const auto left =
      std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  place.timing.connect = std::min(place.timing.connect, left);
  place.timing.answer = std::min(place.timing.answer, left);
  wire::RelayAction open = wire::RelayOpen{slot.slot};
  auto splicing = relay_splice(runtime.executor(), std::move(place), std::move(open));
  auto stream = co_await std::move(splicing);
  if (!stream) co_return std::unexpected(stream.error());
  Dialed dialed{std::move(*stream), "relay", url->address(), std::nullopt,
                over_tor || url->is_onion() ? &session::onion_pace : &session::relay_pace};
  co_return dialed;
}

}  // namespace sotto::node
