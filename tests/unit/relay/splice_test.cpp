#include "relay/splice.h"

#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "unit/relay/testing.h"

namespace sotto::relay {
namespace {

class SpliceTest : public RelaySocketTest {
 protected:
  void join(const Pair& one, const Pair& two, Meter meter = nullptr) {
    asio::co_spawn(io_, splice({one.relay, std::move(meter)}, {two.relay, nullptr}),
                   [this](std::exception_ptr, Spliced done) { counts_ = done; });
  }
  void wait_for_end() {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!counts_ && io_.run_one_until(limit) > 0) {
    }
    ASSERT_TRUE(counts_.has_value());
  }
  std::string pass_on(net::WebSocket& from, net::WebSocket& to, std::string_view text) {
    auto both = write(from, text) && read(to, text.size());
    return std::get<1>(finish(io_, std::move(both)));
  }
  // In messages of `size` bytes.
  static asio::awaitable<int> write(net::WebSocket& to, std::string_view text,
                                    std::size_t size = 65537) {
    while (!text.empty()) {
      const std::string_view part = text.substr(0, size);
      must(co_await to.write_message(as_bytes(part)));
      text.remove_prefix(part.size());
    }
    co_return 0;
  }
  static asio::awaitable<std::string> read(net::WebSocket& from, std::size_t size) {
    std::string got;
    while (got.size() < size) {
      const Bytes message = must(co_await from.read_message());
      got += as_text(message);
    }
    co_return got;
  }

  std::optional<Spliced> counts_;
};

std::string noise(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return out;
}

TEST_F(SpliceTest, MessagesGoBothWaysBeforeIt) {
  Pair pair = connected();
  must(finish(io_, pair.client->write_message(as_bytes("a request"))));
  EXPECT_EQ(as_text(must(finish(io_, pair.relay->read_message()))), "a request");
  must(finish(io_, pair.relay->write_message(as_bytes("an answer"))));
  EXPECT_EQ(as_text(must(finish(io_, pair.client->read_message()))), "an answer");
  EXPECT_EQ(pair.relay->binding().spki, pair.client->binding().spki);
  EXPECT_EQ(pair.relay->binding().exporter, pair.client->binding().exporter);
}

TEST_F(SpliceTest, BytesOfOneReachTheOther) {
  Pair one = connected();
  Pair two = connected();
  join(one, two);
  EXPECT_EQ(pass_on(*one.client, *two.client, "ping"), "ping");
  EXPECT_EQ(pass_on(*two.client, *one.client, "pong"), "pong");
  const std::string large = noise(3'000'000, 1);
  EXPECT_TRUE(pass_on(*one.client, *two.client, large) == large);
  EXPECT_TRUE(pass_on(*two.client, *one.client, large) == large);
  one.client->close();
  const auto closed = finish(io_, two.client->read_message());
  EXPECT_EQ(error_of(closed), "route.closed");
  EXPECT_NE(closed.error().text().find("(1000)"), std::string::npos) << closed.error().text();
  wait_for_end();
  EXPECT_EQ(counts_->from_one, large.size() + 4);
  EXPECT_EQ(counts_->from_two, large.size() + 4);
}

TEST_F(SpliceTest, TheEndOfEitherIsTheEndOfBoth) {
  for (const bool first : {true, false}) {
    counts_.reset();
    Pair one = connected();
    Pair two = connected();
    join(one, two);
    EXPECT_EQ(pass_on(*one.client, *two.client, "ping"), "ping");
    (first ? one : two).client->close();
    EXPECT_EQ(error_of(finish(io_, (first ? two : one).client->read_message())),
              "route.closed");
    wait_for_end();
  }
}

// Who does not read is not sent to without end, and misses nothing.
TEST_F(SpliceTest, WhoDoesNotReadHoldsBackWhoWrites) {
  Pair one = connected();
  Pair two = connected();
  join(one, two);
  const std::string all = noise(64'000'000, 2);
  std::size_t sent = 0;
  auto keep_writing = [](net::WebSocket& to, std::string_view text,
                         std::size_t& count) -> asio::awaitable<void> {
    while (!text.empty()) {
      const std::string_view part = text.substr(0, 50'000);
      must(co_await to.write_message(as_bytes(part)));
      text.remove_prefix(part.size());
      count += part.size();
    }
  };
  asio::co_spawn(io_, keep_writing(*one.client, all, sent), asio::detached);
  std::size_t before = 1;
  while (sent != before) {
    before = sent;
    io_.restart();
    io_.run_for(milliseconds(500));
  }
  EXPECT_LT(sent, all.size());
  EXPECT_TRUE(finish(io_, read(*two.client, all.size())) == all);
}

TEST_F(SpliceTest, AMeterIsToldOfEverythingAndSlowsItDown) {
  Pair one = connected();
  Pair two = connected();
  std::size_t told = 0;
  const auto start = std::chrono::steady_clock::now();
  join(one, two, [&told](std::size_t bytes) {
    told += bytes;
    return milliseconds(20);
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pass_on(*one.client, *two.client, "ping"), "ping");
  EXPECT_EQ(told, 40U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(9 * 20));
  EXPECT_EQ(pass_on(*two.client, *one.client, "pong"), "pong");
  EXPECT_EQ(told, 40U);
  one.client->close();
  EXPECT_EQ(error_of(finish(io_, two.client->read_message())), "route.closed");
  wait_for_end();
}

// As in a relay that has several: the two sockets live on threads of their own.
TEST_F(SpliceTest, TheTwoMayLiveOnDifferentThreads) {
  asio::io_context other(1);
  auto guard = asio::make_work_guard(other);
  std::thread thread([&other] { other.run(); });
  const auto serve_there = [&]() -> asio::awaitable<Served> {  // outlives what it started
    auto socket = co_await acceptor_.async_accept(other, asio::use_awaitable);
    auto there =
        std::make_shared<WebSocket>(WebSocket::Socket(std::move(socket)), *context_, limits_);
    auto shaking = there->handshake();
    auto shaken = co_await asio::co_spawn(other, std::move(shaking), asio::use_awaitable);
    Served served{std::move(there), std::move(shaken)};
    co_return std::move(served);
  };
  Pair one = connected();
  auto both = serve_there() && net::WebSocket::dial(io_.get_executor(), target(), {}, soon());
  auto [served, dialed] = finish(io_, std::move(both));
  must(std::move(served.handshake));
  Pair two{std::move(served.socket), must(std::move(dialed))};
  join(one, two);
  const std::string there = noise(2'000'000, 3);
  const std::string back = noise(1'000'000, 4);
  auto all = write(*one.client, there) && write(*two.client, back, 1000) &&
             read(*two.client, there.size()) && read(*one.client, back.size());
  const auto [sent, returned, got, got_back] = finish(io_, std::move(all));
  EXPECT_TRUE(got == there);
  EXPECT_TRUE(got_back == back);
  two.client->close();
  EXPECT_EQ(error_of(finish(io_, one.client->read_message())), "route.closed");
  wait_for_end();
  EXPECT_EQ(counts_->from_one, there.size());
  EXPECT_EQ(counts_->from_two, back.size());
  other.stop();  // a timer of the second would go on for half its idle time
  thread.join();
}

}  // namespace
}  // namespace sotto::relay
