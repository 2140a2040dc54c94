#include "net/tcp_stream.h"

#include <boost/asio/ip/tcp.hpp>

#include "net/asio_timer.h"
#include "transport/deadline.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;

class TcpStreamTest : public NetTest {
 protected:
  TcpStreamTest() {
    TcpListener listener = listen();
    auto [dialed, accepted] = connect(listener);
    near_ = std::move(dialed.stream);
    far_ = std::move(accepted.stream);
  }

  Result<std::size_t> read(transport::ByteStream& stream) {
    return finish(io_, stream.read_some(buffer_));
  }
  Result<void> write(transport::ByteStream& stream, ByteView data) {
    return finish(io_, stream.write_all(data));
  }

  std::unique_ptr<transport::ByteStream> near_;
  std::unique_ptr<transport::ByteStream> far_;
  Bytes buffer_ = Bytes(16 * 1024);
};

TEST_F(TcpStreamTest, BytesGoBothWays) {
  EXPECT_EQ(pass_on(*near_, *far_, "there"), "there");
  EXPECT_EQ(pass_on(*far_, *near_, "and back"), "and back");
}

// Else words would wait behind megabytes of a file that the kernel has taken already.
TEST_F(TcpStreamTest, TheSystemTakesLittleOfWhatCannotLeave) {
  AsioTimer timer(io_.get_executor());
  const Bytes record(65'537);
  std::size_t taken = 0;
  while (taken < 8 << 20) {
    auto write = transport::within(near_->write_all(record), timer,
                                   timer.now() + std::chrono::milliseconds(200), "stuck");
    if (!finish(io_, std::move(write))) break;
    taken += record.size();
  }
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, 1U << 20);
}

TEST_F(TcpStreamTest, AReadTakesWhatThereIs) {
  must(write(*near_, as_bytes("abc")));
  EXPECT_EQ(must(read(*far_)), 3U);
  EXPECT_EQ(as_text(ByteView(buffer_).first(3)), "abc");
}

TEST_F(TcpStreamTest, ALongWriteWaitsForItsReader) {
  // More than the kernel buffers on either side.
  Bytes data(16 << 20);
  SeededEntropy(7).fill(data);
  Bytes got;
  auto reader = [](transport::ByteStream& stream, Bytes& out, std::size_t size) -> Async<void> {
    Bytes buffer(64 * 1024);
    while (out.size() < size) {
      const auto n = co_await stream.read_some(buffer);
      if (!n) co_return std::unexpected(n.error());
      append(out, ByteView(buffer).first(*n));
    }
    co_return Result<void>();
  };
  std::optional<Result<void>> written;
  asio::co_spawn(io_, near_->write_all(data),
                 [&](const std::exception_ptr&, Result<void> result) { written = result; });
  asio::post(io_, [] {});
  io_.restart();
  io_.poll();
  EXPECT_FALSE(written);
  must(finish(io_, reader(*far_, got, data.size())));
  io_.poll();
  EXPECT_TRUE(written && *written);
  EXPECT_TRUE(got == data);
}

TEST_F(TcpStreamTest, TheEndOfThePeerIsAnOrderlyEnd) {
  must(write(*near_, as_bytes("last words")));
  near_->close();
  EXPECT_EQ(must(read(*far_)), 10U);
  EXPECT_EQ(must(read(*far_)), 0U);
  EXPECT_EQ(must(read(*far_)), 0U);
}

TEST_F(TcpStreamTest, DestructionClosesToo) {
  near_.reset();
  EXPECT_EQ(must(read(*far_)), 0U);
}

TEST_F(TcpStreamTest, CloseEndsAPendingRead) {
  asio::post(io_, [this] { near_->close(); });
  EXPECT_EQ(error_of(read(*near_)), "route.closed");
  near_->close();
  EXPECT_EQ(error_of(read(*near_)), "route.closed");
  EXPECT_EQ(error_of(write(*near_, as_bytes("x"))), "route.closed");
}

TEST_F(TcpStreamTest, CloseEndsAPendingWrite) {
  const Bytes data(16 << 20);
  asio::post(io_, [this] { near_->close(); });
  EXPECT_EQ(error_of(write(*near_, data)), "route.closed");
}

TEST_F(TcpStreamTest, WritingToWhoHasGoneIsALoss) {
  far_.reset();
  Result<void> result;
  // The first write may still be taken by the kernel, which learns of the end from its answer.
  for (int i = 0; i < 100 && result; ++i) result = write(*near_, as_bytes("anyone?"));
  EXPECT_EQ(error_of(result), "route.lost");
}

TEST_F(TcpStreamTest, AResetIsALoss) {
  asio::ip::tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket abrupt(io_);
  abrupt.connect(acceptor.local_endpoint());
  TcpStream stream(acceptor.accept());
  abrupt.set_option(asio::socket_base::linger(true, 0));
  abrupt.close();
  EXPECT_EQ(error_of(read(stream)), "route.lost");
}

TEST_F(TcpStreamTest, NothingIsHeldBackToBeSentWithMore) {
  asio::ip::tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket socket(io_);
  socket.connect(acceptor.local_endpoint());
  const int descriptor = socket.native_handle();
  const TcpStream stream(std::move(socket));
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(descriptor, IPPROTO_TCP, 1 /* TCP_NODELAY */, &no_delay, &size), 0);
  EXPECT_EQ(no_delay, 1);
}

TEST_F(TcpStreamTest, ACancelledReadLosesNothing) {
  AsioTimer timer(io_.get_executor());
  auto limited = transport::within(near_->read_some(buffer_), timer,
                                   timer.now() + std::chrono::milliseconds(10), "Too late.");
  EXPECT_EQ(error_of(finish(io_, std::move(limited))), "route.timeout");
  EXPECT_EQ(pass_on(*far_, *near_, "still here"), "still here");
}

}  // namespace
}  // namespace sotto::net
