// `sotto relay`, understood.
#pragma once
#include <optional>
#include <string>

#include "node/relay_server.h"

namespace sotto::cli {

struct RelayCommand {
  bool url = false;  // show it, else run
  node::RelayServerOptions options;
  std::optional<std::string> host;  // of the URL
};

}  // namespace sotto::cli
