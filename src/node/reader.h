// Looks into the store beside the thread that writes it: a thread and a connection of its own,
// for what takes long.  Each job sees one moment of the store.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/async.h"
#include "store/database.h"

namespace sotto::node {

class Reader {
 public:
  // Answers are posted to `executor`.  `database` must outlive it; only its file is used.
  Reader(boost::asio::any_io_executor executor, const store::Database& database);
  ~Reader();

  // `co_await reader.run<T>([..](store::Database&) -> Result<T> { ... })`.  The job must own
  // what it captures, and may not write.
  template <class T, class F>
  Async<T> run(F job) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    Job body = [job = std::move(job), result](store::Database& database) -> Result<void> {
      result->emplace(job(database));
      return {};
    };
    const Result<void> read_it = co_await read(std::move(body));
    if (!read_it) co_return std::unexpected(read_it.error());
    co_return std::move(**result);
  }

 private:
  using Job = std::function<Result<void>(store::Database&)>;
  struct State;
  boost::asio::awaitable<Result<void>> read(Job job);
  std::unique_ptr<State> state_;
};

}  // namespace sotto::node
