// The lock of a data directory: tor holds flock() on the file `lock` in it for as long as it
// lives.  Who holds it, the kernel alone tells, in a list that may leave one out while others
// come and go; whether somebody does, trying to take it tells for certain.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "net/asio_timer.h"
#include "net/tor_process.h"
#include "tor/errors.h"

namespace sotto::net {
namespace {

constexpr milliseconds lock_pause{20};

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Our own tor is called with the path of its torrc, which is beside its data.
bool is_called_for(pid_t pid, const std::filesystem::path& data_directory) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  const std::string torrc = (data_directory.parent_path() / "torrc").string();
  for (std::string word; std::getline(in, word, '\0');) {
    if (word == torrc) return true;
  }
  return false;
}

// Once this process is confined (net/confine.h), it sees what a tor that it has not started is
// called with, but not what that has open.
bool has_open(pid_t pid, const struct stat& file, const std::filesystem::path& data_directory) {
  std::error_code error;
  const auto folder = "/proc/" + std::to_string(pid) + "/fd";
  for (auto at = std::filesystem::directory_iterator(folder, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    struct stat status{};
    if (::stat(at->path().c_str(), &status) == 0 && is_same(status, file)) return true;
  }
  return error == std::errc::permission_denied && is_called_for(pid, data_directory);
}

// Sends `signal` to the process that holds the lock, and not to one that got its number since.
bool send_to_holder(pid_t pid, const std::filesystem::path& data_directory, int signal) {
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return errno == ESRCH;
  bool sent = true;
  if (tor_holding(data_directory) == pid) {
    sent = ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 || errno == ESRCH;
  }
  ::close(pidfd);
  return sent;
}

Error not_replaced(std::optional<pid_t> pid) {
  const std::string which = pid ? " (process " + std::to_string(*pid) + ")" : "";
  return {
      tor::Errc::program_failed,
      "Another tor" + which + " uses this profile's tor directory and does not end. End it."};
}

}  // namespace

bool is_held(const std::filesystem::path& data_directory) {
  const int file = ::open((data_directory / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool held = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(file);
  return held;
}

// The lines of /proc/locks: "1: FLOCK  ADVISORY  WRITE 15413 fe:00:10969431 0 EOF".  The device
// in them is not always what stat() says, so the number of the file only chooses candidates.
std::optional<pid_t> tor_holding(const std::filesystem::path& data_directory) {
  struct stat lock{};
  if (::stat((data_directory / "lock").c_str(), &lock) != 0) return std::nullopt;
  const std::string file = ":" + std::to_string(lock.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    std::string where;
    pid_t pid = 0;
    words >> number >> kind >> mode >> access >> pid >> where;
    if (!words || kind != "FLOCK" || !where.ends_with(file)) continue;
    if (pid > 0 && has_open(pid, lock, data_directory)) return pid;
  }
  return std::nullopt;
}

Async<void> replace_tor(boost::asio::any_io_executor executor,
                        std::filesystem::path data_directory, SteadyTime deadline) {
  AsioTimer timer(std::move(executor));
  const SteadyTime begin = timer.now();
  const SteadyTime insist = begin + (deadline - begin) / 2;
  bool asked = false;
  while (is_held(data_directory)) {
    const auto pid = tor_holding(data_directory);
    const SteadyTime now = timer.now();
    if (now >= deadline) co_return std::unexpected(not_replaced(pid));
    const int signal = now >= insist ? SIGKILL : SIGTERM;
    if (pid && (!asked || signal == SIGKILL)) {
      if (!send_to_holder(*pid, data_directory, signal)) {
        co_return std::unexpected(not_replaced(pid));
      }
      asked = true;
    }
    co_await timer.sleep_until(std::min(now + lock_pause, deadline));
  }
  co_return Result<void>();
}

}  // namespace sotto::net
