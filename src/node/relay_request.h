// What a command says of relays: its flags, and the settings of the configuration.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace sotto::node {

struct RelayRequest {
  std::vector<std::string> urls;           // --relay
  std::vector<std::string> usual;          // of the settings: beside direct addresses
  std::optional<Secret> tokens;            // what the file of --relay-token-file holds
  std::optional<std::string> proxy;        // --proxy: http://[USER@]HOST:PORT
  std::optional<std::string> usual_proxy;  // of the settings: never used over Tor
  std::optional<Secret> proxy_password;
  static void fields(auto& self, auto&& field) {
    field("urls", self.urls);
    field("usual", self.usual);
    field("tokens", self.tokens);
    field("proxy", self.proxy);
    field("usual_proxy", self.usual_proxy);
    field("proxy_password", self.proxy_password);
  }
  RelayRequest copy() const;
};

// What --relay may say: at most wire::relays_limit addresses, none twice.  RelayErrc::url.
Result<void> check_relays(const std::vector<std::string>& urls);

// What --proxy may say.  RelayErrc::proxy_url.
Result<void> check_proxy(const std::string& url);

// Of --relay-token-file, checked.  file_io, RelayErrc::token_file.
Result<Secret> read_relay_tokens(const std::string& file);

}  // namespace sotto::node
