#include "cli/output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <poll.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::cli {
namespace {

struct Line {
  int descriptor;
  std::string text;
  std::function<void()> written;
};

// A write of so much does not block when poll() has said that there is room; a plain file takes
// all at once.
std::size_t piece_of(int descriptor) {
  struct stat status{};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  return is_file ? std::size_t{SSIZE_MAX} : std::size_t{PIPE_BUF};
}

}  // namespace

struct Output::Shared {
  explicit Shared(std::size_t limit_in) : limit(limit_in), stop(::eventfd(0, EFD_CLOEXEC)) {}
  ~Shared() { ::close(stop); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  // On the thread.
  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || pausing || !queue.empty(); });
      if (stopping || (pausing && queue.empty())) return;
      const Line line = std::move(queue.front());
      queue.pop_front();
      writing = true;
      lock.unlock();
      const bool done = write(line);
      if (done && line.written) line.written();
      lock.lock();
      writing = false;
      waiting -= line.text.size();
      if (!done) {
        failed = true;
        closed.insert(line.descriptor);
      }
      changed.notify_all();
    }
  }

  // False when the descriptor takes no more, or the thread is to stop.
  bool write(const Line& line) const {
    const std::size_t piece = piece_of(line.descriptor);
    std::string_view rest = line.text;
    while (!rest.empty()) {
      std::array<pollfd, 2> watched{{{line.descriptor, POLLOUT, 0}, {stop, POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return false;
      if (watched[1].revents != 0) return false;
      if (watched[0].revents == 0) continue;
      const ssize_t n = ::write(line.descriptor, rest.data(), std::min(rest.size(), piece));
      if (n >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EINTR && errno != EAGAIN) {
        return false;
      }
    }
    return true;
  }

  // With the mutex held.
  void stop_thread() {
    stopping = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(stop, &one, sizeof one);
    changed.notify_all();
  }

  const std::size_t limit;
  const int stop;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Line> queue;
  std::size_t waiting = 0;  // bytes queued, the line under way among them
  std::set<int> closed;
  bool writing = false;
  bool failed = false;
  bool stopping = false;
  bool pausing = false;
};

Output::Output(std::size_t limit) : shared_(std::make_shared<Shared>(limit)) {}

void Output::start() {
  if (!thread_.joinable()) thread_ = std::thread([shared = shared_] { shared->run(); });
}

Output::~Output() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop_thread();
  }
  if (thread_.joinable()) thread_.join();
}

void Output::pause() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->pausing = true;
    shared_->changed.notify_all();
  }
  thread_.join();
  shared_->pausing = false;
}

bool Output::write(int descriptor, std::string text, std::function<void()> written) {
  const std::lock_guard lock(shared_->mutex);
  // One line is always taken, however long it is.
  const bool full = shared_->waiting > 0 && shared_->waiting + text.size() > shared_->limit;
  if (full || shared_->stopping || shared_->closed.contains(descriptor)) return false;
  shared_->waiting += text.size();
  shared_->queue.push_back({descriptor, std::move(text), std::move(written)});
  shared_->changed.notify_all();
  start();
  return true;
}

bool Output::flush(milliseconds limit) {
  std::unique_lock lock(shared_->mutex);
  const auto idle = [this] { return shared_->queue.empty() && !shared_->writing; };
  const bool done = shared_->changed.wait_for(lock, limit, idle);
  if (!done) {
    // Nothing is written, or said to have been, after this.
    shared_->queue.clear();
    shared_->stop_thread();
    shared_->changed.wait(lock, idle);
  }
  return done && !shared_->failed;
}

}  // namespace sotto::cli
