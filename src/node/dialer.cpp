#include "node/dialer.h"

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

}  // namespace sotto::node
