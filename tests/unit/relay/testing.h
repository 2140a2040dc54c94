// What the tests of relay/'s sockets share: a relay's listener on loopback, and clients of it.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "net/web_socket.h"
#include "relay/web_socket.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"
#include "tls/certificate.h"
#include "tls/stream.h"

namespace sotto::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::experimental::awaitable_operators::operator&&;

class RelaySocketTest : public testing::Test {
 protected:
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  net::WebSocketTarget target() const {
    return {.at = {"127.0.0.1", port()},
            .pin = context_->spki(),
            .subprotocol = std::string(wire::relay_subprotocol),
            .exporter_label = std::string(wire::relay_exporter_label),
            .message_limit = 1 << 18};
  }

  // The relay's end of the next connection, before its handshake.
  asio::awaitable<std::shared_ptr<WebSocket>> accept() {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    co_return std::make_shared<WebSocket>(WebSocket::Socket(std::move(socket)), *context_,
                                          limits_);
  }

  struct Served {
    std::shared_ptr<WebSocket> socket;
    Result<void> handshake;
  };
  asio::awaitable<Served> serve() {
    auto socket = co_await accept();
    auto shaken = co_await socket->handshake();
    Served served{std::move(socket), std::move(shaken)};
    co_return std::move(served);
  }

  struct Pair {
    std::shared_ptr<WebSocket> relay;
    std::unique_ptr<net::WebSocket> client;
  };
  Pair connected() {
    auto both = serve() && net::WebSocket::dial(io_.get_executor(), target(), {}, soon());
    auto [served, dialed] = finish(io_, std::move(both));
    must(std::move(served.handshake));
    return {std::move(served.socket), must(std::move(dialed))};
  }

  static SteadyTime soon() { return std::chrono::steady_clock::now() + patience; }

  asio::io_context io_;
  TempDir folder_;
  tls::SpkiHash spki_ =
      must(tls::write_self_signed("sotto relay", folder_ / "crt", folder_ / "key"));
  std::unique_ptr<tls::ServerContext> context_ =
      must(tls::ServerContext::load(folder_ / "crt", folder_ / "key"));
  WebSocketLimits limits_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

}  // namespace sotto::relay
