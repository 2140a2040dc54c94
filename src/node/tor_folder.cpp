#include "node/tor_folder.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <unistd.h>

#include "net/tor_process.h"
#include "tor/torrc.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

// The number behind `key` at the beginning of a line; 0 where there is none.
pid_t number_in(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) {
      return static_cast<pid_t>(std::strtol(line.c_str() + key.size(), nullptr, 10));
    }
  }
  return 0;
}

}  // namespace

fs::path tor_folder(const fs::path& home) {
  return fs::absolute(home) / "tor";
}

// Its parent is the sotto that started it, as the torrc names it, or somebody who takes
// orphans.
std::optional<RunningTor> find_running_tor(const fs::path& folder) {
  const auto pid = net::tor_holding(folder / "data");
  if (!pid) return std::nullopt;
  const pid_t owner = number_in(folder / "torrc", "__OwningControllerProcess ");
  const pid_t parent = number_in("/proc/" + std::to_string(*pid) + "/status", "PPid:");
  return RunningTor{*pid, owner == 0 || owner != parent};
}

fs::path socket_folder(const fs::path& folder) {
  if ((folder / "control").string().size() <= tor::socket_path_limit) return folder;
  const char* const given = std::getenv("XDG_RUNTIME_DIR");
  // The rest of the name takes 29 bytes.
  const bool usable = given != nullptr && fs::path(given).is_absolute() &&
                      std::strlen(given) < tor::socket_path_limit - 32 &&
                      ::access(given, W_OK | X_OK) == 0;
  return usable ? fs::path(given) : fs::path("/tmp");
}

}  // namespace sotto::node
