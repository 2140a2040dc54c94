#include "transport/message_bytes.h"

#include <algorithm>
#include <utility>

#include "transport/errors.h"

namespace sotto::transport {
namespace {

class MessageBytes final : public ByteStream {
 public:
  explicit MessageBytes(std::unique_ptr<MessageStream> messages)
      : messages_(std::move(messages)) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    // An empty message is no end.
    while (read_ == message_.size()) {
      read_ = 0;
      message_ = Bytes();
      auto next = co_await messages_->read_message();
      if (!next) co_return ended(std::move(next.error()));
      message_ = std::move(*next);
    }
    const ByteView rest = ByteView(message_).subspan(read_);
    const std::size_t n = std::min(out.size(), rest.size());
    std::ranges::copy(rest.first(n), out.begin());
    read_ += n;
    co_return n;
  }

  Async<void> write_all(ByteView data) override {
    while (!data.empty()) {
      const ByteView part = data.first(std::min(data.size(), message_bytes_limit));
      auto written = co_await messages_->write_message(part);
      if (!written) co_return ended(std::move(written.error()));
      data = data.subspan(part.size());
    }
    co_return Result<void>();
  }

  void close() noexcept override {
    closed_ = true;
    messages_->close();
  }

 private:
  // A ByteStream is only closed by its own side: the other's end of it is a lost route, which
  // whoever runs over it did not ask for.
  std::unexpected<Error> ended(Error error) const {
    if (closed_ || !error.is(Errc::closed)) return std::unexpected(std::move(error));
    return fail(Errc::lost, error.text());
  }

  std::unique_ptr<MessageStream> messages_;
  Bytes message_;
  std::size_t read_ = 0;  // of it
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> as_byte_stream(std::unique_ptr<MessageStream> messages) {
  return std::make_unique<MessageBytes>(std::move(messages));
}

}  // namespace sotto::transport
