#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <ranges>
#include <unistd.h>

#include "base/text.h"
#include "net/spawn.h"
#include "net/tor_process.h"
#include "tor/errors.h"

namespace sotto::net {
namespace {

using tor::Errc;

constexpr seconds version_limit{5};
constexpr std::size_t version_bytes = 4096;

bool is_program(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// What comes through `pipe` until its end, `version_bytes` or the limit.
std::string read_output(int pipe) {
  const SteadyTime limit = std::chrono::steady_clock::now() + version_limit;
  std::string out;
  std::array<char, 512> buffer;
  while (out.size() < version_bytes) {
    const auto left = std::chrono::ceil<milliseconds>(limit - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    pollfd watched{pipe, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) break;
    if (watched.revents == 0) continue;
    const ssize_t size = ::read(pipe, buffer.data(), buffer.size());
    if (size <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return out;
}

std::unexpected<Error> no_version(const std::filesystem::path& program,
                                  const std::string& why) {
  return fail(Errc::program_failed, "The program " + displayable(program.native()) +
                                        " does not tell tor's version: " + why +
                                        ". Is it tor? Install it: sudo apt install tor.");
}

}  // namespace

Result<std::filesystem::path> find_tor(const std::string& name) {
  if (name.contains('/')) {
    if (is_program(name)) return name;
  } else if (!name.empty()) {
    const char* variable = std::getenv("PATH");
    const std::string folders = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    for (const auto part : std::views::split(folders, ':')) {
      const std::filesystem::path folder(part.begin(), part.end());
      if (folder.is_absolute() && is_program(folder / name)) return folder / name;
    }
  }
  return fail(Errc::program_missing,
              "There is no program " + displayable(name) +
                  " on this machine. Install it: sudo apt install tor. Or name a running tor "
                  "with --tor-control.");
}

// "Tor version 0.4.9.11."
Result<std::string> tor_version(const std::filesystem::path& program) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::array<int, 2> pipe{-1, -1};
  if (nothing < 0 || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(nothing);
    return no_version(program, std::strerror(error));
  }
  const auto child = spawn(program, {"tor", "--version"}, {}, {nothing, pipe[1], nothing});
  ::close(nothing);
  ::close(pipe[1]);
  std::string output;
  if (child) {
    output = read_output(pipe[0]);
    ::kill(-child->pid, SIGKILL);
    wait_for_exit(child->pid);
    ::close(child->pidfd);
  }
  ::close(pipe[0]);
  if (!child) return no_version(program, std::strerror(child.error()));
  constexpr std::string_view mark = "Tor version ";
  const std::size_t at = output.find(mark);
  if (at == std::string::npos) return no_version(program, "it says something else");
  std::string version = output.substr(at + mark.size());
  version.resize(std::min(version.size(), version.find_first_of(" \n")));
  if (version.ends_with('.')) version.pop_back();
  return displayable(version);
}

}  // namespace sotto::net
