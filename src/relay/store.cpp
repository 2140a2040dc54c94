#include "relay/store.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/text.h"
#include "crypto/hash.h"
#include "relay/schema.h"
#include "store/connection.h"
#include "store/profile.h"

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr std::size_t batch_limit = 256;
constexpr std::uintmax_t most_reserved = std::uintmax_t{32} << 20;  // bytes of the disk

Result<std::unique_ptr<store::Connection>> connect(const fs::path& file) {
  auto connection = store::Connection::open(file);
  if (!connection) return connection;
  if (auto ours = check_ours(**connection); !ours) return pass(ours);
  if (auto configured = (*connection)->configure(); !configured) return pass(configured);
  // What is here was sealed by others: to write zeros over it would only fill the log.
  if (auto fast = (*connection)->execute("PRAGMA secure_delete = FAST"); !fast)
    return pass(fast);
  return connection;
}

}  // namespace

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  const bool full = error == std::errc::no_space_on_device;
  return fail(full ? store::Errc::full : store::Errc::read_only,
              "The folder " + displayable(folder.native()) +
                  " cannot be made: " + error.message() + ". Choose another with --store.");
}

// A thread with a connection and a queue.
class Store::Worker {
 public:
  Worker(std::unique_ptr<store::Connection> connection, bool writes)
      : connection_(std::move(connection)), writes_(writes), thread_([this] { run(); }) {}

  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void enqueue(Job job, Done done, std::size_t weight) {
    weight_ += weight;
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(job), std::move(done), weight});
    }
    changed_.notify_one();
  }

  std::size_t weight() const { return weight_; }
  // Bytes within the database that can be written again: what was taken out leaves its room
  // there.
  std::uint64_t spare() const { return spare_; }

 private:
  struct Entry {
    Job job;
    Done done;
    std::size_t weight;
  };

  std::vector<Entry> next_batch() {
    std::vector<Entry> batch;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    while (!queue_.empty() && batch.size() < (writes_ ? batch_limit : 1)) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return batch;
  }

  void run() {
    while (true) {
      std::vector<Entry> batch = next_batch();
      if (batch.empty()) return;
      std::vector<Result<void>> results(batch.size());
      const Result<void> committed = writes_ ? commit(batch, results) : look(batch, results);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        weight_ -= batch[i].weight;
        batch[i].done(results[i] && !committed ? committed : std::move(results[i]));
      }
    }
  }

  void look_for_spare_pages() {
    auto select = connection_->statement(
        "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");
    if (const auto row = select.row(); row && *row) {
      spare_ = static_cast<std::uint64_t>(select.integer(0));
    }
  }

  Result<void> commit(std::vector<Entry>& batch, std::vector<Result<void>>& results) {
    auto committed = connection_->transaction([&]() -> Result<void> {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        results[i] = connection_->transaction([&] { return batch[i].job(*connection_); });
      }
      return {};
    });
    look_for_spare_pages();
    return committed;
  }

  Result<void> look(std::vector<Entry>& batch, std::vector<Result<void>>& results) {
    results.front() = connection_->snapshot([&] { return batch.front().job(*connection_); });
    return {};
  }

  std::unique_ptr<store::Connection> connection_;
  bool writes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> queue_;
  std::atomic<std::size_t> weight_ = 0;
  std::atomic<std::uint64_t> spare_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

struct Store::State {
  fs::path folder;
  store::OwnerLock lock;
  crypto::SymmetricKey payers;
  std::unique_ptr<Worker> writer;
  std::unique_ptr<Worker> reader;
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const fs::path& folder, Entropy& entropy) {
  if (auto made = make_folder(folder); !made) return pass(made);
  auto lock = store::OwnerLock::take(folder, "relay's store", "folder");
  if (!lock) return pass(lock);
  const fs::path file = folder / "relay.db";
  auto writing = connect(file);
  if (!writing) return pass(writing);
  auto key = prepare_schema(**writing, entropy);
  if (!key) return pass(key);
  auto reading = connect(file);
  if (!reading) return pass(reading);
  if (auto only = (*reading)->execute("PRAGMA query_only = ON"); !only) return pass(only);
  auto state =
      std::make_unique<State>(State{folder, std::move(*lock), std::move(*key),
                                    std::make_unique<Worker>(std::move(*writing), true),
                                    std::make_unique<Worker>(std::move(*reading), false)});
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Payer Store::payer(ByteView who) const {
  Payer out;
  crypto::derive_bytes(state_->payers, "sotto relay payer 1", who, out.mutable_view());
  return out;
}

Result<void> Store::check_room(std::size_t bytes) const {
  std::error_code unknown;
  const fs::space_info space = fs::space(state_->folder, unknown);
  if (unknown) return {};  // writing will tell
  const std::uintmax_t reserve = std::min(most_reserved, space.capacity / 4);
  // Once in the log, once in the database.
  if (space.available + state_->writer->spare() >= reserve + 2 * bytes) return {};
  return fail(store::Errc::full,
              "There is hardly any space left for " + displayable(state_->folder.native()) +
                  ": the relay takes nothing more to keep. Free some space.");
}

std::size_t Store::waiting() const {
  return state_->writer->weight();
}

void Store::enqueue(bool writes, std::size_t weight, Job job, Done done) {
  Worker& worker = writes ? *state_->writer : *state_->reader;
  worker.enqueue(std::move(job), std::move(done), weight);
}

asio::awaitable<Result<void>> Store::post_and_wait(bool writes, std::size_t weight, Job job) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto initiate = [this, executor, writes, weight](auto handler, Job work) {
    // Done must be copyable; a handler is not.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto done = [shared, executor](Result<void> result) {
      asio::post(executor, [shared, result = std::move(result)]() mutable {
        std::move (*shared)(std::move(result));
      });
    };
    enqueue(writes, weight, std::move(work), std::move(done));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
      std::move(initiate), asio::use_awaitable, std::move(job));
}

}  // namespace sotto::relay
