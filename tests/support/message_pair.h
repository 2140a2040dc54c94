// Two MessageStreams joined in memory: what one writes the other reads, message by message.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <utility>

#include "transport/errors.h"
#include "transport/message_stream.h"

namespace sotto {

class MemoryMessages final : public transport::MessageStream {
 public:
  // One direction; `changed` never expires and is cancelled to wake whoever waits.
  struct Pipe {
    explicit Pipe(const boost::asio::any_io_executor& executor)
        : changed(executor, boost::asio::steady_timer::time_point::max()) {}
    std::deque<Bytes> messages;
    boost::asio::steady_timer changed;
    bool ended = false;
  };

  MemoryMessages(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryMessages() override { close(); }

  Async<Bytes> read_message() override {
    const auto in = in_;
    while (in->messages.empty() && !in->ended) {
      co_await in->changed.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none) break;
    }
    if (in->messages.empty()) {
      co_return fail(transport::Errc::closed, "The connection was closed.");
    }
    Bytes message = std::move(in->messages.front());
    in->messages.pop_front();
    co_return message;
  }

  Async<void> write_message(ByteView message) override {
    if (out_->ended) co_return fail(transport::Errc::closed, "The connection was closed.");
    out_->messages.push_back(to_bytes(message));
    out_->changed.cancel();
    co_return Result<void>();
  }

  void close() noexcept override {
    for (const auto& pipe : {in_, out_}) {
      pipe->ended = true;
      pipe->changed.cancel();
    }
  }

 private:
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
};

inline std::pair<std::unique_ptr<transport::MessageStream>,
                 std::unique_ptr<transport::MessageStream>>
message_pair(const boost::asio::any_io_executor& executor) {
  auto one = std::make_shared<MemoryMessages::Pipe>(executor);
  auto two = std::make_shared<MemoryMessages::Pipe>(executor);
  return {std::make_unique<MemoryMessages>(one, two),
          std::make_unique<MemoryMessages>(two, one)};
}

}  // namespace sotto
