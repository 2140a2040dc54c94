#include "node/sandbox.h"

#include <cstdlib>
#include <ranges>

#include "base/log.h"
#include "net/confine.h"
#include "node/record_folder.h"
#include "node/room_registry.h"
#include "node/tor_folder.h"
#include "node/tor_manager.h"

namespace sotto::node {
namespace {

#ifdef SOTTO_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

namespace fs = std::filesystem;

// Why nothing was asked for; empty where it was.
std::string& left_out() {
  static std::string why = "It was not asked for yet.";
  return why;
}

// Where tor is looked for, and what serves the transports of its bridges.
std::vector<fs::path> programs(const TorRequest& tor) {
  std::vector<fs::path> out;
  const char* const path = std::getenv("PATH");
  for (const auto part : std::views::split(std::string(path != nullptr ? path : ""), ':')) {
    fs::path folder(part.begin(), part.end());
    if (folder.is_absolute()) out.push_back(std::move(folder));
  }
  if (const auto settings = settings_of(tor)) {
    for (const auto& plugin : settings->plugins) out.emplace_back(plugin.program);
  }
  return out;
}

net::Confinement confinement(const fs::path& home, const TorRequest& tor,
                             const SandboxOptions& options) {
  net::Confinement out;
  out.writable = options.writable;
  out.writable.push_back(fs::absolute(home));
  const RoomRegistry registry;
  if (registry.make()) out.writable.push_back(registry.folder());
  const RecordFolder records = RecordFolder::of_this_machine();
  if (records.prepare()) out.writable.push_back(records.path());
  out.readable = options.readable;
  if (const fs::path folder = tor_folder(home); socket_folder(folder) != folder) {
    out.sockets_in.push_back(socket_folder(folder));
  }
  out.programs = programs(tor);
  // The cookie of a tor that was named may be anywhere.
  out.reads_everything = options.level != SandboxLevel::strict || tor.control.has_value();
  return out;
}

}  // namespace

void enter_sandbox(const fs::path& home, const TorRequest& tor, const SandboxOptions& options,
                   bool runs_commands) {
  if (options.level == SandboxLevel::off) {
    left_out() = "--sandbox off was asked for.";
    return;
  }
  if (runs_commands) {
    left_out() = "A command of --exec, --publish or --directory may need anything.";
    return;
  }
  if (sanitized) {
    left_out() = "A program that was built to find its own mistakes must look at itself.";
    return;
  }
  left_out().clear();
  for (const std::string& what : net::confine(confinement(home, tor, options)).missing) {
    log(LogLevel::info, what);
  }
}

SandboxStatus sandbox_status() {
  const net::Confined& confined = net::confined();
  SandboxStatus out{confined.files, confined.calls, left_out()};
  for (const std::string& what : confined.missing) {
    out.why += (out.why.empty() ? "" : " ") + what;
  }
  return out;
}

}  // namespace sotto::node
