#include "node/reader.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/system.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

}  // namespace

struct Reader::State {
  asio::any_io_executor executor;
  const store::Database& database;
  std::optional<asio::thread_pool> pool;  // from the first job on

  Result<void> look(const Job& job) const {
    auto reader = database.open_reader(system_entropy());
    if (!reader) return pass(reader);
    return reader->snapshot([&] { return job(*reader); });
  }
};

Reader::Reader(asio::any_io_executor executor, const store::Database& database)
    : state_(new State{std::move(executor), database, std::nullopt}) {}

Reader::~Reader() {
  if (state_->pool) state_->pool->join();
}

asio::awaitable<Result<void>> Reader::read(Job job) {
  State* const state = state_.get();
  auto initiate = [state](auto handler, Job work) {
    if (!state->pool) state->pool.emplace(1);
    // What is posted must be copyable; a handler is not.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(*state->pool, [state, shared, work = std::move(work)] {
      Result<void> done = state->look(work);
      asio::post(state->executor, [shared, done = std::move(done)]() mutable {
        std::move (*shared)(std::move(done));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
      std::move(initiate), asio::use_awaitable, std::move(job));
}

}  // namespace sotto::node
