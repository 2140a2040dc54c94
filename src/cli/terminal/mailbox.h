// What the loop has for the terminal's thread: small jobs, run in order.
//
// At most so many bytes of text wait; a terminal that takes nothing keeps nobody waiting.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "base/time.h"

namespace sotto::cli {

class Mailbox {
 public:
  static constexpr std::size_t waiting_limit = 8 << 20;  // bytes

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // On any thread.  False when too much waits, or nothing is taken any more.
  bool offer(std::size_t bytes, std::function<void()> job);
  // What must not be left out.
  void put(std::function<void()> job);
  // Waits until everything has been run and settled, at most `limit`.
  bool wait_settled(milliseconds limit);
  // Nothing is taken any more.
  void close();
  bool closed() const;

  // On the terminal's thread: runs jobs worth about `bytes`.  True when more wait.
  bool run(std::size_t bytes);
  // What the jobs have brought is on the screen.
  void settle();
  int descriptor() const { return wake_; }  // readable when there may be something
  void drain_descriptor() const;
  int closed_descriptor() const { return ended_; }  // readable once it is closed

 private:
  struct Job {
    std::size_t bytes;
    std::function<void()> run;
  };
  static void raise(int descriptor);

  const int wake_;
  const int ended_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t waiting_ = 0;
  bool unsettled_ = false;
  bool closed_ = false;
};

}  // namespace sotto::cli
