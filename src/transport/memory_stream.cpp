#include "transport/memory_stream.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "transport/errors.h"

namespace sotto::transport {
namespace {

namespace asio = boost::asio;

// One direction.  Its two timers never expire: cancelling one wakes whoever waits on it.
struct Pipe {
  Pipe(const asio::any_io_executor& executor, std::size_t capacity_bytes)
      : readable(executor, asio::steady_timer::time_point::max()),
        writable(executor, asio::steady_timer::time_point::max()),
        capacity(capacity_bytes) {}

  void end() {
    ended = true;
    readable.cancel();
    writable.cancel();
  }

  std::deque<std::byte> bytes;
  asio::steady_timer readable;
  asio::steady_timer writable;
  std::size_t capacity;
  bool ended = false;
};

class MemoryStream final : public ByteStream {
 public:
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryStream() override { close(); }

  Async<std::size_t> read_some(MutableBytes out) override {
    while (in_->bytes.empty() && !in_->ended && !closed_) {
      if (co_await interrupted(in_->readable)) break;
    }
    if (closed_) co_return fail(Errc::closed, "The stream was closed.");
    const std::size_t n = std::min(out.size(), in_->bytes.size());
    std::copy_n(in_->bytes.begin(), n, out.begin());
    in_->bytes.erase(in_->bytes.begin(), in_->bytes.begin() + static_cast<std::ptrdiff_t>(n));
    in_->writable.cancel();
    co_return n;
  }

  Async<void> write_all(ByteView data) override {
    while (!data.empty()) {
      if (closed_) co_return fail(Errc::closed, "The stream was closed.");
      if (out_->ended) co_return fail(Errc::lost, "The peer's end of the stream is gone.");
      const std::size_t n = std::min(data.size(), out_->capacity - out_->bytes.size());
      if (n == 0) {
        if (co_await interrupted(out_->writable)) break;
        continue;
      }
      out_->bytes.insert(out_->bytes.end(), data.begin(),
                         data.begin() + static_cast<std::ptrdiff_t>(n));
      data = data.subspan(n);
      out_->readable.cancel();
    }
    co_return Result<void>();
  }

  void close() noexcept override {
    closed_ = true;
    in_->end();
    out_->end();
  }

 private:
  // True when the wait was ended by cancellation of the coroutine and not by the other side.
  static asio::awaitable<bool> interrupted(asio::steady_timer& timer) {
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
  }

  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> memory_pair(
    const asio::any_io_executor& executor, std::size_t capacity) {
  auto one = std::make_shared<Pipe>(executor, capacity);
  auto two = std::make_shared<Pipe>(executor, capacity);
  return {std::make_unique<MemoryStream>(one, two), std::make_unique<MemoryStream>(two, one)};
}

}  // namespace sotto::transport
