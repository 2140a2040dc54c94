// What the relay keeps on its disk: records and mailboxes, in one SQLite file.
//
//   DIR/           0700
//     relay.db     WAL, synchronous=FULL: what was acknowledged survives a kill at any moment
//     lock         flock()ed by the relay that uses it
//
// Nothing in it is sealed by the relay: what people leave there is sealed already, and who left
// it is not written down but as a keyed hash, for quotas.
//
// One thread writes: what arrived during the last commit shares the next one, each job in a
// savepoint of its own, answered after the commit.  Another reads, on a connection of its own.
// Loops never wait for the disk.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/async.h"
#include "base/entropy.h"
#include "base/fixed_bytes.h"

namespace sotto::store {
class Connection;
}

namespace sotto::relay {

// Whom what is kept is counted for: a hash of a token's owner or an address block.
using Payer = FixedBytes<struct PayerTag, 16>;

// Of the store and the relay's own certificate, with those above it.  store's full, read_only.
Result<void> make_folder(const std::filesystem::path& folder);

class Store {
 public:
  // Makes DIR and what is in it where it is missing.  store's damaged (also of another
  // program's file), newer, locked (by another relay), full, read_only, io.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& folder,
                                             Entropy& entropy);
  // Finishes what is queued.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Payer payer(ByteView who) const;

  // store's full when so much more would leave the disk without the room that taking things out
  // needs: a mailbox on a full disk can still be emptied.
  Result<void> check_room(std::size_t bytes) const;

  // Bytes of jobs that wait: more are refused before they come here.
  std::size_t waiting() const;
  // Those that it can be sure to commit within a blink: beyond, who asks is told to come later.
  static constexpr std::size_t waiting_limit = std::size_t{32} << 20;

  // `co_await store.write<T>(weight, [..](store::Connection&) -> Result<T> {..})`: the answer
  // is there once it is committed.  The job must own what it captures: it runs even if nobody
  // waits any more.  `weight`: its bytes.
  template <class T, class F>
  Async<T> write(std::size_t weight, F job) {
    co_return co_await run<T>(true, weight, std::move(job));
  }
  // Sees what was committed before it began.
  template <class T, class F>
  Async<T> read(F job) {
    co_return co_await run<T>(false, 0, std::move(job));
  }

 private:
  using Job = std::function<Result<void>(store::Connection&)>;
  using Done = std::function<void(Result<void>)>;
  class Worker;
  struct State;
  explicit Store(std::unique_ptr<State> state);

  // `done` is called on the worker's thread.
  void enqueue(bool writes, std::size_t weight, Job job, Done done);
  boost::asio::awaitable<Result<void>> post_and_wait(bool writes, std::size_t weight, Job job);

  template <class T, class F>
  Async<T> run(bool writes, std::size_t weight, F job) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    Job body = [job = std::move(job),
                result](store::Connection& connection) mutable -> Result<void> {
      result->emplace(job(connection));
      if (!**result) return std::unexpected((**result).error());
      return {};
    };
    const Result<void> committed = co_await post_and_wait(writes, weight, std::move(body));
    if (!committed) co_return std::unexpected(committed.error());
    co_return std::move(**result);
  }

  std::unique_ptr<State> state_;
};

}  // namespace sotto::relay
