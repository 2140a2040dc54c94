// Threads for the person's files, which are read, hashed and written beside the loop: jobs that
// take milliseconds each, so that many files go forward together (docs/architecture.md,
// "Loops").
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/async.h"

namespace sotto::node {

class Disk {
 public:
  // Answers are posted to `executor`.  The threads start with the first job.
  explicit Disk(boost::asio::any_io_executor executor);
  // Waits for the jobs that run.
  ~Disk();

  // `co_await disk.run<T>([..]() -> Result<T> { ... })`.  The job must own what it captures: it
  // runs even if nobody waits for it any more.
  template <class T, class F>
  Async<T> run(F job) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    std::function<void()> body = [job = std::move(job), result]() mutable {
      result->emplace(job());
    };
    co_await perform(std::move(body));
    co_return std::move(**result);
  }

 private:
  struct Threads;
  boost::asio::awaitable<void> perform(std::function<void()> body);

  boost::asio::any_io_executor executor_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace sotto::node
