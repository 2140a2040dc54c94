#include "net/spawn.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace sotto::net {
namespace {

// Undone when it goes.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  int prepare(const std::array<int, 3>& streams) {
    sigset_t all;
    ::sigfillset(&all);
    sigset_t none;
    ::sigemptyset(&none);
    int error = 0;
    for (int i = 0; i < 3 && error == 0; ++i) {
      error = ::posix_spawn_file_actions_adddup2(&actions_, streams[i], i);
    }
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    if (error == 0) error = ::posix_spawnattr_setsigdefault(&attributes_, &all);
    if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0) error = ::posix_spawnattr_setpgroup(&attributes_, 0);
    if (error == 0) {
      error = ::posix_spawnattr_setflags(
          &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    return error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Ours, with `variables` in the place of those of the same name.
std::vector<char*> environment_with(const std::vector<std::string>& variables) {
  std::vector<char*> out;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view name =
        std::string_view(*at).substr(0, std::string_view(*at).find('=') + 1);
    const bool replaced = std::ranges::any_of(
        variables, [&](const std::string& variable) { return variable.starts_with(name); });
    if (!replaced) out.push_back(*at);
  }
  for (const std::string& variable : variables) {
    out.push_back(const_cast<char*>(variable.c_str()));  // posix_spawn changes nothing
  }
  out.push_back(nullptr);
  return out;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::expected<Spawned, int> spawn(const std::filesystem::path& program,
                                  std::vector<std::string> arguments,
                                  const std::vector<std::string>& variables,
                                  const std::array<int, 3>& streams) {
  SpawnSettings settings;
  if (const int error = settings.prepare(streams); error != 0) return std::unexpected(error);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& word : arguments) words.push_back(word.data());
  words.push_back(nullptr);
  Spawned out;
  const int error =
      ::posix_spawn(&out.pid, program.c_str(), &settings.actions_, &settings.attributes_,
                    words.data(), environment_with(variables).data());
  if (error != 0) return std::unexpected(error);
  out.pidfd = static_cast<int>(::syscall(SYS_pidfd_open, out.pid, 0));
  if (out.pidfd < 0) {
    const int no_pidfd = errno;
    ::kill(-out.pid, SIGKILL);
    wait_for_exit(out.pid);
    return std::unexpected(no_pidfd);
  }
  ::fcntl(out.pidfd, F_SETFD, FD_CLOEXEC);
  return out;
}

std::optional<int> exit_code_of(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
  return code_of(status);
}

int wait_for_exit(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return code_of(status);
}

}  // namespace sotto::net
