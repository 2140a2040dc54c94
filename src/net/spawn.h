// Starting a program: in a process group of its own, with default signals, and with no
// descriptor of ours but the three that it is given.
#pragma once
#include <array>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sotto::net {

struct Spawned {
  pid_t pid = -1;
  int pidfd = -1;  // readable once it has ended; the caller's
};

// `arguments` with the program's name, `variables` ("NAME=value") added to our environment,
// `streams` for its standard input, output and error.  Else errno.
std::expected<Spawned, int> spawn(const std::filesystem::path& program,
                                  std::vector<std::string> arguments,
                                  const std::vector<std::string>& variables,
                                  const std::array<int, 3>& streams);

// Of a child that was not waited for yet: its exit code, or 128 + the signal that has ended it.
// The first gives nothing while it runs, the second waits for its end.
std::optional<int> exit_code_of(pid_t pid);
int wait_for_exit(pid_t pid);

}  // namespace sotto::net
