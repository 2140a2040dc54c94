#include "node/disk.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr std::size_t thread_count = 2;

}  // namespace

struct Disk::Threads {
  asio::thread_pool pool{thread_count};
};

Disk::Disk(asio::any_io_executor executor) : executor_(std::move(executor)) {}

Disk::~Disk() {
  if (!threads_) return;
  threads_->pool.stop();
  threads_->pool.join();
}

asio::awaitable<void> Disk::perform(std::function<void()> body) {
  if (!threads_) threads_ = std::make_unique<Threads>();
  auto initiate = [this](auto handler, std::function<void()> work) {
    // The handler, and with it the coroutine, is touched and destroyed on the loop alone.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto on_thread = [work = std::move(work), shared = std::move(shared), executor = executor_,
                      guard = asio::make_work_guard(executor_)]() mutable {
      work();
      work = nullptr;
      asio::post(executor, [shared = std::move(shared)] { std::move (*shared)(); });
    };
    asio::post(threads_->pool, std::move(on_thread));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      std::move(initiate), asio::use_awaitable, std::move(body));
}

}  // namespace sotto::node
