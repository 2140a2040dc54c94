// The folder that a profile keeps its own tor in (own_tor.h), looked at from outside.
#pragma once
#include <filesystem>
#include <optional>
#include <sys/types.h>

namespace sotto::node {

// Absolute, as tor wants it; made when it is first needed.
std::filesystem::path tor_folder(const std::filesystem::path& home);

struct RunningTor {
  pid_t pid = 0;
  bool left_behind = false;  // the sotto that had started it has gone
};
// The tor that has the data of this folder locked, if there is one.
std::optional<RunningTor> find_running_tor(const std::filesystem::path& folder);

// Where the sockets of such a tor are: in the folder itself, unless their names are too long
// for the system there.  Then a folder is made in this one.
std::filesystem::path socket_folder(const std::filesystem::path& folder);

}  // namespace sotto::node
