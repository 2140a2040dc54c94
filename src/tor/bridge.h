// Bridges and pluggable transports, as a person writes them into the configuration.
//
//   Bridge [transport] address:port [fingerprint] [key=value]...
//   ClientTransportPlugin name[,name]... exec /path/to/program [argument]...
//
// Addresses are literal: nothing is looked up.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tor/errors.h"

namespace sotto::tor {

struct Bridge {
  std::string transport;  // "obfs4"; empty for a plain bridge
  std::string line;       // what stands behind `Bridge `, one space between words

  // `text` with or without the word Bridge before it.  bridge_line.
  static Result<Bridge> parse(std::string_view text);
};

struct TransportPlugin {
  std::vector<std::string> transports;
  std::string program;  // an absolute path
  std::string line;     // what stands behind `ClientTransportPlugin `

  // bridge_transport.
  static Result<TransportPlugin> parse(std::string_view text);
};

// bridge_transport when a bridge's transport is served by none of `plugins`.
Result<void> check_transports(const std::vector<Bridge>& bridges,
                              const std::vector<TransportPlugin>& plugins);

}  // namespace sotto::tor
