#include "cli/streams.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/text.h"

namespace sotto::cli {

namespace {

std::mutex log_mutex;
std::function<void(std::string_view)> log_sink;

}  // namespace

void redirect_log(std::function<void(std::string_view line)> sink) {
  const std::lock_guard lock(log_mutex);
  log_sink = std::move(sink);
}

void write_log(std::string_view line) {
  const std::lock_guard lock(log_mutex);
  if (log_sink) return log_sink(line);
  write_all(STDERR_FILENO, "sotto: " + displayable(line) + "\n");
}

bool keep_standard_streams() {
  const bool has_input = ::fcntl(STDIN_FILENO, F_GETFD) >= 0;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is taken, which is `fd`.
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
  return has_input;
}

Written write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno == EPIPE || errno == EBADF) {
      return Written::closed;
    } else if (errno != EINTR) {
      return Written::failed;
    }
  }
  return Written::all;
}

}  // namespace sotto::cli
