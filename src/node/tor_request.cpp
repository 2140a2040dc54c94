#include "node/tor_request.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "node/errors.h"
#include "node/files.h"
#include "node/target_text.h"
#include "node/tor_manager.h"
#include "tor/torrc.h"

namespace sotto::node {
namespace {

constexpr std::size_t include_limit = std::size_t{64} * 1024;
constexpr std::string_view plugin_option = "ClientTransportPlugin ";

// A path, or a port of this machine: anything else would tell the network that we use Tor.
Result<void> check_control(const std::string& control) {
  if (control.find('/') != std::string::npos) return {};
  const auto address = parse_address(control);
  if (!address) {
    return fail(Errc::bad_address,
                "--tor-control takes HOST:PORT or a path, such as 127.0.0.1:9051 or "
                "/run/tor/control.");
  }
  if (!*address) return std::unexpected(address->error());
  boost::system::error_code error;
  const auto host = boost::asio::ip::make_address((*address)->host, error);
  if (!error && host.is_loopback()) return {};
  return leaves_tor(
      "The control port of tor must be a socket file or a port of this machine, such as "
      "127.0.0.1:9051: whoever is between would see and command it.");
}

}  // namespace

Result<void> include_torrc(TorRequest& request, const std::string& file) {
  const auto bytes = read_file(file, include_limit, "a file of lines for tor");
  if (!bytes) return std::unexpected(bytes.error());
  auto lines = tor::read_extra_lines(as_text(*bytes));
  if (!lines) return pass(lines);
  request.extra = std::move(*lines);
  return {};
}

Result<void> include_bridges(TorRequest& request, const std::string& file) {
  const auto bytes = read_file(file, include_limit, "a file of bridges");
  if (!bytes) return std::unexpected(bytes.error());
  std::string_view rest = as_text(*bytes);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto& lines = line.starts_with(plugin_option) ? request.transports : request.bridges;
    lines.emplace_back(line);
  }
  const auto settings = settings_of(request);
  if (!settings) return std::unexpected(settings.error());
  return {};
}

Result<TorSettings> settings_of(const TorRequest& request) {
  TorSettings settings;
  settings.control = request.control;
  const bool relative = request.control && request.control->find('/') != std::string::npos &&
                        !request.control->starts_with('/') &&
                        !request.control->starts_with("unix:");
  if (relative) settings.control = std::filesystem::absolute(*request.control).string();
  if (request.control) {
    if (auto checked = check_control(*request.control); !checked) return pass(checked);
  }
  for (const std::string& line : request.extra) {
    if (auto checked = tor::check_extra_line(line); !checked) return pass(checked);
  }
  settings.extra = request.extra;
  for (const std::string& line : request.bridges) {
    auto bridge = tor::Bridge::parse(line);
    if (!bridge) return pass(bridge);
    settings.bridges.push_back(std::move(*bridge));
  }
  for (const std::string& line : request.transports) {
    auto plugin = tor::TransportPlugin::parse(line);
    if (!plugin) return pass(plugin);
    settings.plugins.push_back(std::move(*plugin));
  }
  if (auto served = tor::check_transports(settings.bridges, settings.plugins); !served) {
    return pass(served);
  }
  settings.own = !settings.extra.empty() || !settings.bridges.empty();
  return settings;
}

std::unexpected<Error> leaves_tor(const std::string& what) {
  return fail(Errc::needs_tor, what);
}

}  // namespace sotto::node
