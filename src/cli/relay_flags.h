// What a command line says of relays, whatever the command.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace sotto::cli {

struct RelayGlobals {
  std::vector<std::string> usual;                  // relays of the settings
  std::optional<std::string> token_file;           // --relay-token-file
  std::optional<std::string> proxy;                // --proxy
  std::optional<std::string> usual_proxy;          // of the settings
  std::optional<std::string> proxy_password_file;  // --proxy-password-file
};

}  // namespace sotto::cli
