// What the tests of tls/ share: a relay's certificate, and two ends joined by a pair of
// sockets.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <gtest/gtest.h>

#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"
#include "tls/certificate.h"
#include "tls/stream.h"

namespace sotto::tls {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator&&;
using Socket = Stream::Socket;
using Local = asio::local::stream_protocol;

class TlsTest : public testing::Test {
 protected:
  // Peers that are OpenSSL alone write to sockets that are gone.
  TlsTest() { std::signal(SIGPIPE, SIG_IGN); }

  struct Ends {
    Stream server;
    Stream client;
  };
  // Sockets that are joined.
  std::pair<Socket, Socket> sockets() {
    Local::socket one(io_);
    Local::socket two(io_);
    asio::local::connect_pair(one, two);
    return {Socket(std::move(one)), Socket(std::move(two))};
  }
  Ends ends(const ClientContext& context, const std::string& host = "relay.example") {
    auto [one, two] = sockets();
    return {Stream(std::move(one), *server_), Stream(std::move(two), context, host)};
  }
  Ends pinned() { return ends(ClientContext::pinned(server_->spki())); }

  static asio::awaitable<Stream::Error> shake(Stream& stream) {
    const auto [error] = co_await stream.async_handshake(asio::as_tuple(asio::use_awaitable));
    if (error) stream.close();
    co_return error;
  }
  // What both ends say of their handshake: the server, the client.
  std::pair<Stream::Error, Stream::Error> shake_hands(Ends& ends) {
    auto both = shake(ends.server) && shake(ends.client);
    const auto [server, client] = finish(io_, std::move(both));
    return {server, client};
  }
  Ends connected() {
    Ends ends = pinned();
    const auto [server, client] = shake_hands(ends);
    EXPECT_FALSE(server) << server.message();
    EXPECT_FALSE(client) << client.message();
    return ends;
  }

  struct Got {
    Stream::Error error;
    std::size_t bytes = 0;
  };
  template <class Buffers>
  Got read(Stream& stream, Buffers buffers) {
    return finish(io_, reading(stream, buffers));
  }
  template <class Buffers>
  Got write(Stream& stream, Buffers buffers) {
    return finish(io_, writing(stream, buffers));
  }
  template <class Buffers>
  static asio::awaitable<Got> reading(Stream& stream, Buffers buffers) {
    const auto [error, n] =
        co_await stream.async_read_some(buffers, asio::as_tuple(asio::use_awaitable));
    co_return Got{error, n};
  }
  template <class Buffers>
  static asio::awaitable<Got> writing(Stream& stream, Buffers buffers) {
    const auto [error, n] =
        co_await stream.async_write_some(buffers, asio::as_tuple(asio::use_awaitable));
    co_return Got{error, n};
  }
  // What `to` reads next of `text` that `from` writes.
  std::string pass_on(Stream& from, Stream& to, std::string text) {
    EXPECT_EQ(write(from, asio::buffer(text)).bytes, text.size());
    std::string got(text.size() + 1, '\0');
    got.resize(read(to, asio::buffer(got)).bytes);
    return got;
  }

  asio::io_context io_;
  TempDir folder_;
  std::filesystem::path certificate_ = folder_.path() / "relay.crt";
  std::filesystem::path key_ = folder_.path() / "relay.key";
  SpkiHash spki_ = must(write_self_signed("sotto relay", certificate_, key_));
  std::unique_ptr<ServerContext> server_ = must(ServerContext::load(certificate_, key_));
};

}  // namespace sotto::tls
