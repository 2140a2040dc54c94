// What the owner of a profile may touch once it runs: its own files, and what it was asked for
// (docs/decisions/036-the-owner-confines-itself.md).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "node/tor_request.h"

namespace sotto::node {

enum class SandboxLevel : std::uint8_t {
  off,
  on,      // reads what the person may read: anybody may be sent a file of theirs
  strict,  // reads nothing but the system's files and its own
};

struct SandboxOptions {
  SandboxLevel level = SandboxLevel::on;
  std::vector<std::filesystem::path> writable = {};  // besides the profile
  std::vector<std::filesystem::path> readable = {};  // where not all is
};

// Confines this process for good.  To be called before it has a second thread.  Where the
// kernel cannot, the log says so, and the command goes on.  `runs_commands`: some of the
// person's, which may need anything; then it stays as it is.
void enter_sandbox(const std::filesystem::path& home, const TorRequest& tor,
                   const SandboxOptions& options, bool runs_commands);

// Of a process that owns a profile.
struct SandboxStatus {
  bool files = false;  // it touches no files but its own
  bool calls = false;  // it uses no system calls but those that it needs
  std::string why;     // one of them is missing; empty where none is
  static void fields(auto& self, auto&& field) {
    field("files", self.files);
    field("calls", self.calls);
    field("why", self.why);
  }
};
SandboxStatus sandbox_status();  // of this process

}  // namespace sotto::node
