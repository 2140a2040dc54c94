// Directories of rendezvous records, as --publish and --directory name them.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"

namespace sotto::node {

// One of the three; the others are empty.
struct DirectoryWord {
  std::string folder;  // absolute
  std::string command;
  std::string relay = {};  // its URL
  friend bool operator==(const DirectoryWord&, const DirectoryWord&) = default;
  static void fields(auto& self, auto&& field) {
    field("folder", self.folder);
    field("command", self.command);
    field("relay", self.relay);
  }
};

// At most, of each: a host keeps each of its records in all of them.
inline constexpr std::size_t directories_limit = 8;

// What the words of a flag mean.  "wss://..." is a relay; a folder that is there is a folder,
// and so is what ends with '/', there or not; all else is a command for /bin/sh.
// Errc::directory_unknown: a path that leads nowhere, or too many; RelayErrc::url.
Result<std::vector<DirectoryWord>> parse_directories(const std::vector<std::string>& words);

inline bool has_command(const std::vector<DirectoryWord>& words) {
  return std::ranges::any_of(words,
                             [](const DirectoryWord& word) { return !word.command.empty(); });
}

}  // namespace sotto::node
