// What a command says of Tor: its flags, and the settings of the configuration.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace sotto::node {

struct TorSettings;  // node/tor_manager.h

struct TorRequest {
  bool only = false;                    // --tor
  bool leave = false;                   // --leave-tor
  std::optional<std::string> control;   // --tor-control
  std::vector<std::string> extra;       // lines of --torrc-include
  std::vector<std::string> bridges;     // Bridge lines
  std::vector<std::string> transports;  // ClientTransportPlugin lines
  bool allow_external = false;          // commands of the person's may run under the promise
  static void fields(auto& self, auto&& field) {
    field("only", self.only);
    field("leave", self.leave);
    field("control", self.control);
    field("extra", self.extra);
    field("bridges", self.bridges);
    field("transports", self.transports);
    field("allow_external", self.allow_external);
  }

  // Whether it says which tor, or how it is configured.
  bool has_settings() const {
    return control || !extra.empty() || !bridges.empty() || !transports.empty();
  }
};

// Add the lines of a file.  file_io; tor's torrc_line and torrc_option, bridge_line and
// bridge_transport.
Result<void> include_torrc(TorRequest& request, const std::string& file);
Result<void> include_bridges(TorRequest& request, const std::string& file);

// The errors of both.
Result<TorSettings> settings_of(const TorRequest& request);

// Errc::needs_tor: why what was asked for would leave Tor, and what to do instead.
std::unexpected<Error> leaves_tor(const std::string& what);

}  // namespace sotto::node
