#include "node/doorway.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

#include "base/encoding.h"
#include "base/text.h"
#include "net/local_stream.h"
#include "net/socket_file.h"
#include "net/tcp.h"
#include "node/dialer.h"
#include "node/errors.h"
#include "node/json_fields.h"
#include "node/target_text.h"
#include "room/onion_access.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// For as long as it says how far it is, a tor that bootstraps is waited for: through a slow
// bridge that takes minutes.
constexpr milliseconds bootstrap_limit{600'000};
constexpr std::size_t socket_name_bytes = 8;
constexpr const char* loopback = "127.0.0.1";

std::vector<std::uint16_t> ports_to_try(const HostRequest& request, std::uint16_t kept) {
  if (request.port) return {*request.port};
  std::vector<std::uint16_t> ports;
  const auto in_range = [&](std::uint16_t port) {
    return !request.port_range ||
           (port >= request.port_range->first && port <= request.port_range->second);
  };
  // Connection files that were given out name the port of before.
  if (kept != 0 && in_range(kept)) ports.push_back(kept);
  if (!request.port_range) return ports;
  for (unsigned port = request.port_range->first; port <= request.port_range->second; ++port) {
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

std::vector<std::string> reachable_hosts(const std::optional<std::string>& bind) {
  if (bind && *bind != "0.0.0.0" && *bind != "::") return {*bind};
  std::vector<std::string> hosts = net::interface_addresses();
  if (bind == "0.0.0.0") {
    std::erase_if(hosts, [](const std::string& host) { return host.find(':') != host.npos; });
  }
  return hosts;
}

// Where this machine reaches it.
std::vector<std::string> local_hosts(const std::optional<std::string>& bind) {
  if (!bind || *bind == "::") return {"::1", loopback};
  if (*bind == "0.0.0.0") return {loopback};
  return {*bind};
}

// What the person says to lead here; a host alone means the port that is listened on.
Result<std::vector<net::HostPort>> advertised(const std::vector<std::string>& words,
                                              std::uint16_t port) {
  std::vector<net::HostPort> out;
  for (const std::string& word : words) {
    const auto whole = parse_address(word);
    const auto address =
        whole && *whole ? whole : parse_address(word + ":" + std::to_string(port));
    if (!address) return wrong_params("advertise");
    if (!*address) return std::unexpected(address->error());
    out.push_back(**address);
  }
  return out;
}

// The folder of the rooms' sockets; a tor of our own has made it, another has not.
Result<void> make_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
  return fail(Errc::file_io, "Cannot make the folder " + displayable(folder.string()) + ": " +
                                 std::strerror(errno) + ".");
}

// The onion service's way to us: a socket file for a tor of this user, else a port that only
// this machine reaches.
Result<std::unique_ptr<transport::Listener>> listen_for_tor(
    Runtime& runtime, const RoomId& room,
    std::variant<tor::LoopbackPort, tor::SocketPath>& target) {
  const auto path =
      runtime.tor().directory() / (to_hex(room.view().first(socket_name_bytes)) + ".sock");
  if (runtime.tor().reaches_our_sockets() && net::check_socket_path(path) &&
      tor::can_be_told(path.string())) {
    if (auto made = make_folder(runtime.tor().directory()); !made) return pass(made);
    target = tor::SocketPath{path.string()};
    return net::listen_local(runtime.executor(), path);
  }
  auto listener = net::TcpListener::open(runtime.executor(), {loopback, {}}, system_entropy());
  if (!listener) return std::unexpected(listener.error());
  target = tor::LoopbackPort{(*listener)->port()};
  return std::move(*listener);
}

}  // namespace

Result<bool> goes_over_tor(const HostRequest& request, const store::RoomRow& room) {
  const bool over_tor = request.tor.only || (room.tor_only && !request.tor.leave);
  if (!over_tor && request.ephemeral) return wrong_params("ephemeral");
  if (!over_tor) return false;
  if (auto checked = check_under_tor(request.relay); !checked) return pass(checked);
  const char* leak = request.direct               ? "--direct"
                     : request.bind               ? "--bind"
                     : request.port_range         ? "--port-range"
                     : !request.advertise.empty() ? "--advertise"
                                                  : nullptr;
  if (leak != nullptr) {
    return leaves_tor(std::string(leak) + " is about connections that do not go through Tor" +
                      (request.tor.only ? ": leave it out, or --tor."
                                        : ", and this room is to be open over Tor alone: leave "
                                          "it out, or give that up with --leave-tor."));
  }
  if (request.runs_commands && !request.tor.allow_external) {
    return leaves_tor(
        "--exec runs a command that may use the network as it likes, while this room is to be "
        "open over Tor alone. If yours does not, set `allow_external = true` in the settings.");
  }
  if (has_command(request.publish) && !request.tor.allow_external) {
    return leaves_tor(
        "--publish runs a command that may use the network as it likes, while this room is to "
        "be open over Tor alone. If yours does not, set `allow_external = true` in the "
        "settings; "
        "or publish in a folder.");
  }
  return true;
}

std::vector<wire::DirectAddress> addresses_now(const HostRequest& request,
                                               const DirectWays& ways) {
  std::vector<wire::DirectAddress> out = ways.advertised;
  for (const std::string& host : reachable_hosts(request.bind)) {
    out.push_back({host, ways.port});
  }
  if (out.size() > wire::direct_addresses_limit) out.resize(wire::direct_addresses_limit);
  return out;
}

Result<Doorway> open_tcp_doorway(Runtime& runtime, const HostRequest& request,
                                 store::RoomRow& room) {
  auto listener = net::TcpListener::open(
      runtime.executor(), {request.bind, ports_to_try(request, room.port)}, system_entropy());
  if (!listener) return std::unexpected(listener.error());
  const std::uint16_t port = (*listener)->port();
  if (room.port == 0 || request.port || request.port_range) room.port = port;
  const auto given = advertised(request.advertise, port);
  if (!given) return std::unexpected(given.error());
  Doorway door;
  door.entrances.push_back({std::move(*listener), "direct"});
  door.direct.port = port;
  for (const auto& address : *given) {
    door.direct.advertised.push_back({address.host, address.port});
  }
  door.reach.direct = addresses_now(request, door.direct);
  for (const auto& address : door.reach.direct) {
    door.routes.push_back({"direct", net::to_string({address.host, address.port})});
  }
  for (const std::string& host : local_hosts(request.bind)) {
    door.local.push_back(net::to_string({host, port}));
  }
  return door;
}

Async<Doorway> open_onion_doorway(Runtime& runtime, const HostRequest& request,
                                  store::RoomRow& room) {
  const auto ready =
      co_await runtime.tor().ready(std::chrono::steady_clock::now() + bootstrap_limit);
  if (!ready) co_return std::unexpected(ready.error());
  room::prepare_onion(room, system_entropy());
  OnionHost::Parameters onion;
  onion.key = request.ephemeral ? crypto::Ed25519KeyPair::generate(system_entropy())
                                : crypto::Ed25519KeyPair::from(room.onion_key->copy());
  onion.port = request.port.value_or(onion_port);
  auto listener = listen_for_tor(runtime, room.id, onion.target);
  if (!listener) co_return std::unexpected(listener.error());
  const tor::OnionAddress address(onion.key.public_key);
  Doorway door;
  const std::string shown = address.host() + ":" + std::to_string(onion.port);
  door.entrances.push_back({std::move(*listener), "onion", shown, &session::onion_pace});
  door.reach.onion = wire::OnionAddress{address.host(), onion.port, std::nullopt};
  door.reach.tor_only = true;
  door.routes.push_back({"onion", shown});
  door.onion = std::move(onion);
  co_return door;
}

}  // namespace sotto::node
