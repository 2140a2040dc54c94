// What the tests of net/ share: listeners and streams on loopback.
#pragma once
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include "net/tcp.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/seeded_entropy.h"
#include "support/silent_port.h"

namespace sotto::net {

class NetTest : public testing::Test {
 protected:
  TcpListener listen(std::optional<std::string> bind = "127.0.0.1",
                     std::vector<std::uint16_t> ports = {}) {
    return std::move(*must(try_listen(std::move(bind), std::move(ports))));
  }
  Result<std::unique_ptr<TcpListener>> try_listen(std::optional<std::string> bind,
                                                  std::vector<std::uint16_t> ports) {
    return TcpListener::open(io_.get_executor(), {std::move(bind), std::move(ports)}, entropy_);
  }

  // A port of 127.0.0.1 where nobody listens.
  HostPort closed_port() { return {"127.0.0.1", listen().port()}; }

  Result<TcpConnection> dial(std::vector<HostPort> addresses,
                             std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    return finish(io_, dial_tcp(io_.get_executor(), std::move(addresses),
                                std::chrono::steady_clock::now() + limit));
  }

  // Both ends of a connection: the one who dialed, the one who accepted.
  std::pair<TcpConnection, transport::Accepted> connect(TcpListener& listener,
                                                        const std::string& host = "127.0.0.1") {
    auto dialed = must(dial({{host, listener.port()}}));
    auto accepted = must(finish(io_, listener.accept()));
    return {std::move(dialed), std::move(accepted)};
  }

  // What `to` reads of `text` that `from` writes.
  std::string pass_on(transport::ByteStream& from, transport::ByteStream& to,
                      std::string_view text) {
    must(finish(io_, from.write_all(as_bytes(text))));
    Bytes read(text.size());
    std::size_t have = 0;
    while (have < read.size()) {
      const std::size_t n = must(finish(io_, to.read_some(MutableBytes(read).subspan(have))));
      if (n == 0) break;
      have += n;
    }
    return std::string(as_text(read).substr(0, have));
  }

  boost::asio::io_context io_;
  SeededEntropy entropy_{std::random_device{}()};  // ports of earlier runs may be taken still
};

}  // namespace sotto::net
