// What --expose and --forward say, as text and as values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "net/service_socket.h"
#include "node/errors.h"

namespace sotto::node {

// A service that a host lets members reach: "NAME=HOST:PORT" or "NAME=unix:PATH".
struct Exposure {
  std::string name;  // wire::is_service_name()
  net::ServiceAddress target;
  friend bool operator==(const Exposure&, const Exposure&) = default;
};

// A port of a member that leads to a service: "[BIND:]PORT:NAME".
struct Forward {
  std::string bind = "127.0.0.1";  // an IP literal
  std::uint16_t port = 0;          // 0: any
  std::string name;
  friend bool operator==(const Forward&, const Forward&) = default;
};

// Errc::forward_syntax; also for a name that is exposed twice, a port that is given twice.
Result<std::vector<Exposure>> parse_exposures(const std::vector<std::string>& words);
Result<std::vector<Forward>> parse_forwards(const std::vector<std::string>& words);

// Errc::needs_tor when a room that was promised to Tor would expose what another machine or a
// resolver may answer for.
Result<void> check_under_tor(const std::vector<Exposure>& exposures);

}  // namespace sotto::node
