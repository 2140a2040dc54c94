#include "cli/terminal/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace sotto::cli {

Mailbox::Mailbox()
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Mailbox::~Mailbox() {
  ::close(wake_);
  ::close(ended_);
}

void Mailbox::raise(int descriptor) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(descriptor, &one, sizeof one);
}

void Mailbox::drain_descriptor() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(wake_, &count, sizeof count);
}

bool Mailbox::offer(std::size_t bytes, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    // One is always taken, however long it is.
    const bool full = waiting_ > 0 && waiting_ + bytes > waiting_limit;
    if (full || closed_) return false;
    waiting_ += bytes;
    jobs_.push_back({bytes, std::move(job)});
  }
  raise(wake_);
  return true;
}

void Mailbox::put(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    jobs_.push_back({0, std::move(job)});
  }
  raise(wake_);
}

bool Mailbox::wait_settled(milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return jobs_.empty() && !unsettled_; });
}

void Mailbox::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  raise(wake_);
  raise(ended_);
}

bool Mailbox::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

bool Mailbox::run(std::size_t bytes) {
  std::size_t done = 0;
  while (true) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.empty()) return false;
      if (done >= bytes) return true;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      waiting_ -= job.bytes;
      unsettled_ = true;
    }
    job.run();
    done += job.bytes;
  }
}

void Mailbox::settle() {
  const std::lock_guard lock(mutex_);
  unsettled_ = false;
  changed_.notify_all();
}

}  // namespace sotto::cli
