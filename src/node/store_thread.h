// The thread that the store lives on (docs/architecture.md, "Loops").
//
// Jobs wait in a queue; those that arrived during the last commit, at most 64, share the next
// one.  The queue never makes the loop wait: it stays short because each peer has at most a few
// jobs in it (room/conversation.h, node/rpc_server.cpp) before it is heard no more.  Each runs
// in a savepoint of its own, so that one that fails does not take the others along; all are
// answered after the commit.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "base/async.h"
#include "room/store_runner.h"

namespace sotto::node {

class StoreThread final : public room::StoreRunner {
 public:
  // Answers are posted to `executor`.  `database` must outlive it and is the thread's alone
  // until stop().
  StoreThread(boost::asio::any_io_executor executor, store::Database& database);
  ~StoreThread() override;

  void post(Job job, Done done) override;

  // `co_await store.run<T>([..](store::Database&) -> Result<T> { ... })`.  The job must own
  // what it captures: it runs even if the coroutine is cancelled meanwhile.
  template <class T, class F>
  Async<T> run(F job) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    auto body = [job = std::move(job),
                 result](store::Database& database) mutable -> Result<void> {
      result->emplace(job(database));
      if (!**result) return std::unexpected((**result).error());
      return {};
    };
    const Result<void> committed = co_await post_and_wait(std::move(body));
    if (!committed) co_return std::unexpected(committed.error());
    co_return std::move(**result);
  }

  // The same by itself and in no transaction, for what makes its own: other jobs wait.
  template <class T, class F>
  Async<T> run_alone(F job) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    auto body = [job = std::move(job),
                 result](store::Database& database) mutable -> Result<void> {
      result->emplace(job(database));
      return {};
    };
    static_cast<void>(co_await post_and_wait(std::move(body), true));
    co_return std::move(**result);
  }

  // Ends once everything that was posted before has been answered.
  Async<void> settled();

  // Finishes what is queued; later jobs are dropped.
  void stop();

 private:
  struct State;
  boost::asio::awaitable<Result<void>> post_and_wait(Job job, bool alone = false);
  void enqueue(Job job, Done done, bool alone);
  std::unique_ptr<State> state_;
};

}  // namespace sotto::node
