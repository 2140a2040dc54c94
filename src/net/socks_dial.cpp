#include "net/socks_dial.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/asio_timer.h"
#include "net/connect.h"
#include "transport/deadline.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;

// The service's stream, beginning with what came behind tor's answer.
class OnionStream final : public transport::ByteStream {
 public:
  OnionStream(SocketStream stream, Bytes first)
      : stream_(std::move(stream)), first_(std::move(first)) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    if (first_.empty() || closed_) co_return co_await stream_.read_some(out);
    const std::size_t n = std::min(out.size(), first_.size());
    const auto end = first_.begin() + static_cast<std::ptrdiff_t>(n);
    std::copy(first_.begin(), end, out.begin());
    first_.erase(first_.begin(), end);
    co_return n;
  }
  Async<void> write_all(ByteView data) override { return stream_.write_all(data); }
  void close() noexcept override {
    closed_ = true;
    stream_.close();
  }

 private:
  SocketStream stream_;
  Bytes first_;
  bool closed_ = false;
};

Async<void> negotiate(SocketStream& stream, tor::SocksConnect& socks) {
  Bytes out = socks.start();
  while (true) {
    const auto written = co_await stream.write_all(out);
    if (!written) break;
    std::array<std::byte, 512> buffer;
    const auto size = co_await stream.read_some(buffer);
    if (!size || *size == 0) break;
    auto answer = socks.on_bytes(ByteView(buffer).first(*size));
    if (!answer) co_return std::unexpected(answer.error());
    if (socks.done()) co_return Result<void>();
    out = std::move(*answer);
  }
  co_return std::unexpected(socks.on_close());
}

}  // namespace

Async<TorSocket> connect_through_tor(asio::any_io_executor executor, TorEndpoint socks,
                                     ThroughSocks target, SteadyTime deadline,
                                     std::string late) {
  auto socket = co_await connect_here(executor, std::move(socks), "Tor's SOCKS port", deadline);
  if (!socket) co_return pass(socket);
  SocketStream stream(std::move(*socket));
  tor::SocksConnect connect(std::move(target.host), target.port, target.isolation);
  AsioTimer timer(executor);
  const auto done =
      co_await transport::within(negotiate(stream, connect), timer, deadline, std::move(late));
  if (!done) co_return std::unexpected(done.error());
  TorSocket opened{stream.release(), connect.take_rest()};
  co_return std::move(opened);
}

Async<std::unique_ptr<transport::ByteStream>> dial_onion(
    asio::any_io_executor executor, TorEndpoint socks, tor::OnionAddress address,
    std::uint16_t port, tor::Isolation isolation, SteadyTime deadline) {
  ThroughSocks target{address.host(), port, std::move(isolation)};
  auto opened = co_await connect_through_tor(
      executor, std::move(socks), std::move(target), deadline,
      "Tor did not reach the onion service in time. Is the host running?");
  if (!opened) co_return pass(opened);
  co_return std::make_unique<OnionStream>(SocketStream(std::move(opened->socket)),
                                          std::move(opened->first));
}

}  // namespace sotto::net
