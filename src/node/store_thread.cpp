#include "node/store_thread.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr std::size_t batch_limit = 64;

}  // namespace

struct StoreThread::State {
  struct Entry {
    Job job;
    Done done;
    bool alone;  // neither in a batch nor in a transaction
  };

  State(asio::any_io_executor executor_in, store::Database& database_in)
      : executor(std::move(executor_in)), database(database_in), thread([this] { run(); }) {}

  void run() {
    while (true) {
      std::vector<Entry> batch;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        while (!queue.empty() && batch.size() < batch_limit) {
          const bool alone = queue.front().alone;
          if (alone && !batch.empty()) break;
          batch.push_back(std::move(queue.front()));
          queue.pop_front();
          if (alone) break;
        }
      }
      commit(std::move(batch));
    }
  }

  void commit(std::vector<Entry> batch) {
    std::vector<Result<void>> results(batch.size());
    Result<void> committed;
    if (batch.front().alone) {
      results.front() = batch.front().job(database);
    } else {
      committed = commit_together(batch, results);
    }
    asio::post(executor, [batch = std::move(batch), results = std::move(results), committed] {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i].done(results[i] && !committed ? committed : results[i]);
      }
    });
  }

  Result<void> commit_together(std::vector<Entry>& batch, std::vector<Result<void>>& results) {
    return database.transaction([&]() -> Result<void> {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        results[i] = database.transaction([&] { return batch[i].job(database); });
      }
      return {};
    });
  }

  asio::any_io_executor executor;
  store::Database& database;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Entry> queue;
  bool stopping = false;
  std::thread thread;
};

StoreThread::StoreThread(asio::any_io_executor executor, store::Database& database)
    : state_(std::make_unique<State>(std::move(executor), database)) {}

StoreThread::~StoreThread() {
  stop();
}

void StoreThread::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  if (state_->thread.joinable()) state_->thread.join();
}

void StoreThread::post(Job job, Done done) {
  enqueue(std::move(job), std::move(done), false);
}

void StoreThread::enqueue(Job job, Done done, bool alone) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) return;
  state_->queue.push_back({std::move(job), std::move(done), alone});
  state_->changed.notify_all();
}

Async<void> StoreThread::settled() {
  Job nothing = [](store::Database&) { return Result<void>(); };
  co_return co_await post_and_wait(std::move(nothing));
}

asio::awaitable<Result<void>> StoreThread::post_and_wait(Job job, bool alone) {
  auto initiate = [this, alone](auto handler, Job work) {
    // Done must be copyable; a handler is not.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto done = [shared](const Result<void>& result) { std::move (*shared)(result); };
    enqueue(std::move(work), std::move(done), alone);
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
      std::move(initiate), asio::use_awaitable, std::move(job));
}

}  // namespace sotto::node
