#include "tls/stream.h"

#include <algorithm>
#include <atomic>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <thread>

#include "unit/tls/testing.h"

namespace sotto::tls {
namespace {

// A peer that is OpenSSL alone, on a thread of its own that blocks: what it says is not ours.
class OpenSslPeer {
 public:
  template <class Work>
  OpenSslPeer(Socket socket, const SSL_METHOD* method, Work work)
      : socket_(std::move(socket)), context_(SSL_CTX_new(method)) {
    socket_.native_non_blocking(false);
    thread_ = std::thread([this, work] {
      SSL* const session = SSL_new(context_);
      SSL_set_fd(session, socket_.native_handle());
      work(session);
      SSL_free(session);
      socket_.close();
    });
  }
  ~OpenSslPeer() {
    thread_.join();
    SSL_CTX_free(context_);
  }

 private:
  Socket socket_;
  SSL_CTX* context_;
  std::thread thread_;
};

class StreamTest : public TlsTest {
 protected:
  static asio::awaitable<std::size_t> write_all(Stream& stream, std::string bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
      const auto [error, n] = co_await stream.async_write_some(
          asio::buffer(bytes) + written, asio::as_tuple(asio::use_awaitable));
      if (error) break;
      written += n;
    }
    co_return written;
  }
  static asio::awaitable<std::string> read_all(Stream& stream, std::size_t size) {
    std::string got;
    std::string buffer(30'000, '\0');
    while (got.size() < size) {
      const auto [error, n] = co_await stream.async_read_some(
          asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (error) break;
      got.append(buffer, 0, n);
    }
    co_return got;
  }
};

std::string noise(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return out;
}

TEST_F(StreamTest, BytesGoBothWays) {
  Ends ends = connected();
  EXPECT_EQ(pass_on(ends.client, ends.server, "ping"), "ping");
  EXPECT_EQ(pass_on(ends.server, ends.client, "pong"), "pong");
}

TEST_F(StreamTest, BothEndsKnowTheKeyAndTheExporter) {
  Ends ends = connected();
  EXPECT_EQ(ends.server.spki(), spki_);
  EXPECT_EQ(ends.client.spki(), spki_);
  const auto one = ends.server.exporter("EXPORTER-one");
  EXPECT_EQ(one, ends.client.exporter("EXPORTER-one"));
  EXPECT_NE(one, ends.client.exporter("EXPORTER-two"));
  Ends others = connected();
  EXPECT_NE(one, others.server.exporter("EXPORTER-one"));
}

// More than the kernel takes, both ways at once: neither waits for the other to stop.
TEST_F(StreamTest, BothDirectionsMoveMegabytesAtOnce) {
  Ends ends = connected();
  const std::string there = noise(8'000'000, 1);
  const std::string back = noise(5'000'000, 2);
  auto all = write_all(ends.client, there) && write_all(ends.server, back) &&
             read_all(ends.server, there.size()) && read_all(ends.client, back.size());
  const auto [sent, returned, got, got_back] = finish(io_, std::move(all));
  EXPECT_EQ(sent, there.size());
  EXPECT_EQ(returned, back.size());
  EXPECT_TRUE(got == there);
  EXPECT_TRUE(got_back == back);
}

TEST_F(StreamTest, PartsOfAllSizesStayInOrder) {
  Ends ends = connected();
  for (const std::size_t first : {1UL, 10UL, 16383UL, 16384UL, 16385UL, 40000UL}) {
    const std::string head = noise(first, 3);
    const std::string middle = noise(7, 4);
    const std::string tail = noise(20'000, 5);
    const std::array<asio::const_buffer, 4> parts{asio::buffer(head), asio::const_buffer(),
                                                  asio::buffer(middle), asio::buffer(tail)};
    const std::string whole = head + middle + tail;
    auto both = writing(ends.client, parts) && read_all(ends.server, whole.size());
    const auto [written, got] = finish(io_, std::move(both));
    EXPECT_EQ(written.bytes, whole.size());
    EXPECT_TRUE(got == whole) << first;
  }
}

TEST_F(StreamTest, ABufferOfNothingIsFilledAtOnce) {
  Ends ends = connected();
  const Got got = read(ends.client, asio::mutable_buffer());
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.bytes, 0U);
  EXPECT_EQ(write(ends.client, asio::const_buffer()).bytes, 0U);
}

TEST_F(StreamTest, AnOrderlyEndIsToldFromACut) {
  std::string room(10, '\0');
  {
    Ends ends = connected();
    const auto ending = [](Stream& stream) -> asio::awaitable<Stream::Error> {
      const auto [error] = co_await stream.async_shutdown(asio::as_tuple(asio::use_awaitable));
      co_return error;
    };
    auto both = ending(ends.server) && ending(ends.client);
    finish(io_, std::move(both));
    EXPECT_FALSE(ends.server.socket().is_open());
  }
  {
    Ends ends = connected();
    asio::co_spawn(io_, ends.server.async_shutdown(asio::use_awaitable), asio::detached);
    EXPECT_EQ(read(ends.client, asio::buffer(room)).error, asio::error::eof);
    EXPECT_EQ(read(ends.client, asio::buffer(room)).error, asio::error::eof);
  }
  {
    Ends ends = connected();
    ends.server.close();
    EXPECT_EQ(read(ends.client, asio::buffer(room)).error, StreamErrc::truncated);
  }
}

// What was written last is read, though the writer had not read everything itself.
TEST_F(StreamTest, AnEndLosesNothingThatWasWritten) {
  Ends ends = connected();
  EXPECT_EQ(write(ends.client, asio::buffer(noise(50'000, 6))).bytes, 50'000U);
  const std::string last = "why it ends";
  EXPECT_EQ(write(ends.server, asio::buffer(last)).bytes, last.size());
  asio::co_spawn(io_, ends.server.async_shutdown(asio::use_awaitable), asio::detached);
  EXPECT_EQ(finish(io_, read_all(ends.client, last.size())), last);
  EXPECT_EQ(read(ends.client, asio::buffer(std::string(1, ' ').data(), 1)).error,
            asio::error::eof);
}

TEST_F(StreamTest, WhoDoesNotEndIsLeft) {
  Ends ends = connected();
  const auto end = [](Stream& stream) -> asio::awaitable<Stream::Error> {
    const auto [error] = co_await stream.async_shutdown(asio::as_tuple(asio::use_awaitable));
    co_return error;
  };
  EXPECT_FALSE(finish(io_, end(ends.server)));
  EXPECT_FALSE(ends.server.socket().is_open());
}

TEST_F(StreamTest, ACutInTheMiddleOfARecordIsACut) {
  auto [server, other] = sockets();
  auto [copied, client] = sockets();
  // Between the two: whatever the client says, but for the last byte.
  Ends ends{Stream(std::move(server), *server_),
            Stream(std::move(client), ClientContext::pinned(spki_), "relay.example")};
  const auto forward = [](Socket& from, Socket& to, std::size_t cut) -> asio::awaitable<void> {
    std::array<char, 65536> buffer;
    while (true) {
      const auto [error, n] = co_await from.async_read_some(
          asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      const std::size_t passed = n > cut ? n - (cut > 0 && n > 1000 ? cut : 0) : n;
      co_await to.async_write_some(asio::buffer(buffer.data(), passed), asio::use_awaitable);
      if (passed < n) to.close();
    }
  };
  asio::co_spawn(io_, forward(copied, other, 5), asio::detached);
  asio::co_spawn(io_, forward(other, copied, 0), asio::detached);
  const auto [shaken, shaken_too] = shake_hands(ends);
  ASSERT_FALSE(shaken) << shaken.message();
  ASSERT_FALSE(shaken_too) << shaken_too.message();
  write(ends.client, asio::buffer(noise(2000, 7)));
  std::string room(2000, '\0');
  const Got got = read(ends.server, asio::buffer(room));
  EXPECT_EQ(got.bytes, 0U);
  EXPECT_EQ(got.error, StreamErrc::truncated);
}

TEST_F(StreamTest, ATamperedRecordIsRefused) {
  auto [server, other] = sockets();
  auto [copied, client] = sockets();
  Ends ends{Stream(std::move(server), *server_),
            Stream(std::move(client), ClientContext::pinned(spki_), "relay.example")};
  const auto forward = [](Socket& from, Socket& to) -> asio::awaitable<void> {
    std::array<char, 65536> buffer;
    while (true) {
      const auto [error, n] = co_await from.async_read_some(
          asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      if (n > 1900) buffer[100] = static_cast<char>(buffer[100] ^ 1);
      co_await to.async_write_some(asio::buffer(buffer.data(), n), asio::use_awaitable);
    }
  };
  asio::co_spawn(io_, forward(copied, other), asio::detached);
  asio::co_spawn(io_, forward(other, copied), asio::detached);
  const auto [shaken, shaken_too] = shake_hands(ends);
  ASSERT_FALSE(shaken || shaken_too);
  write(ends.client, asio::buffer(noise(2000, 8)));
  std::string room(2000, '\0');
  EXPECT_EQ(read(ends.server, asio::buffer(room)).error, StreamErrc::protocol);
}

TEST_F(StreamTest, OlderVersionsAreRefused) {
  auto [here, there] = sockets();
  std::atomic<int> result = 1;
  std::atomic<long> reason = 0;
  OpenSslPeer peer(std::move(there), TLS_client_method(), [&](SSL* session) {
    SSL_set_max_proto_version(session, TLS1_2_VERSION);
    result = SSL_connect(session);
    reason = static_cast<long>(ERR_GET_REASON(ERR_peek_last_error()));
  });
  Stream server(std::move(here), *server_);
  EXPECT_EQ(finish(io_, shake(server)), StreamErrc::handshake);
  EXPECT_NE(server.failure().find("protocol"), std::string::npos) << server.failure();
}

TEST_F(StreamTest, NothingIsRenegotiated) {
  auto [here, there] = sockets();
  std::atomic<int> renegotiated = 1;
  OpenSslPeer peer(std::move(there), TLS_client_method(), [&](SSL* session) {
    if (SSL_connect(session) == 1) renegotiated = SSL_renegotiate(session);
  });
  Stream server(std::move(here), *server_);
  EXPECT_FALSE(finish(io_, shake(server)));
  std::string room(10, '\0');
  EXPECT_TRUE(read(server, asio::buffer(room)).error);
  EXPECT_EQ(renegotiated, 0);
}

TEST_F(StreamTest, KeysMayChangeWithContentBetween) {
  auto [here, there] = sockets();
  constexpr int rounds = 100;
  OpenSslPeer peer(std::move(there), TLS_client_method(), [&](SSL* session) {
    if (SSL_connect(session) != 1) return;
    char answer = 0;
    for (int i = 0; i < rounds; ++i) {
      SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED);
      if (SSL_write(session, "x", 1) != 1 || SSL_read(session, &answer, 1) != 1) return;
    }
  });
  Stream server(std::move(here), *server_);
  ASSERT_FALSE(finish(io_, shake(server)));
  for (int i = 0; i < rounds; ++i) {
    std::string room(10, '\0');
    ASSERT_EQ(read(server, asio::buffer(room)).bytes, 1U) << i;
    ASSERT_EQ(write(server, asio::buffer(std::string("y"))).bytes, 1U);
  }
}

TEST_F(StreamTest, AFloodOfNewKeysIsRefused) {
  auto [here, there] = sockets();
  OpenSslPeer peer(std::move(there), TLS_client_method(), [](SSL* session) {
    if (SSL_connect(session) != 1) return;
    for (int i = 0; i < 1000; ++i) {
      SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED);
      if (SSL_do_handshake(session) != 1) return;
    }
  });
  {
    Stream server(std::move(here), *server_);
    ASSERT_FALSE(finish(io_, shake(server)));
    std::string room(10, '\0');
    EXPECT_EQ(read(server, asio::buffer(room)).error, StreamErrc::protocol);
  }
}

TEST_F(StreamTest, WhatIsNoTlsIsRefused) {
  for (const std::string words :
       {"GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\x16\x03\x01\xff"}) {
    auto [here, there] = sockets();
    Stream server(std::move(here), *server_);
    there.write_some(asio::buffer(words));
    there.shutdown(Socket::shutdown_send);
    EXPECT_TRUE(finish(io_, shake(server))) << words;
  }
}

TEST_F(StreamTest, WhoGoesBeforeSayingAnythingCostsNoSession) {
  auto [here, there] = sockets();
  Stream server(std::move(here), *server_);
  there.close();
  EXPECT_EQ(finish(io_, shake(server)), StreamErrc::truncated);
  EXPECT_EQ(server.failure(), "");
}

TEST_F(StreamTest, ClosingEndsWhatIsPending) {
  Ends ends = connected();
  std::optional<Stream::Error> ended;
  std::string room(10, '\0');
  ends.client.async_read_some(asio::buffer(room),
                              [&](Stream::Error error, std::size_t) { ended = error; });
  io_.restart();
  io_.poll();
  EXPECT_FALSE(ended.has_value());
  ends.client.close();
  io_.restart();
  io_.run();
  EXPECT_EQ(ended, asio::error::operation_aborted);
}

TEST_F(StreamTest, AStreamThatGoesEndsWhatIsPending) {
  std::optional<Stream::Error> ended;
  std::string room(10, '\0');
  {
    Ends ends = connected();
    ends.client.async_read_some(asio::buffer(room),
                                [&](Stream::Error error, std::size_t) { ended = error; });
    // Bytes are there, so that the read would go on with the stream.
    write(ends.server, asio::buffer(std::string("late")));
  }
  io_.restart();
  io_.run();
  EXPECT_TRUE(ended.has_value());
}

}  // namespace
}  // namespace sotto::tls
