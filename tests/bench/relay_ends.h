// Pairs of connections that meet in a server under load, which is ours or another's.
//
//   relay    two clients of `sotto relay`, spliced
//   tls      a client of a proxy that speaks TLS on both sides, and the server behind it
//   transit  two clients of magic-wormhole's transit relay, over TCP
//   direct   no server between: TLS from one end to the other
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "crypto/keys.h"
#include "net/web_socket.h"
#include "tls/context.h"
#include "transport/byte_stream.h"
#include "wire/relay_message.h"

namespace sotto::bench {

struct Ends {
  std::unique_ptr<transport::ByteStream> near;
  std::unique_ptr<transport::ByteStream> far;
};

class Meeting {
 public:
  // `port`: the server's.  `back`: where a proxy's server is to listen, which is this process.
  // `folder` has crt and key, which the server and this process both use.
  Meeting(boost::asio::any_io_executor executor, std::string kind, std::uint16_t port,
          std::uint16_t back, const std::string& folder);

  boost::asio::awaitable<Ends> connect();

  // One client of the relay that listens on a slot of its own; of a proxy both ends, as
  // connect().
  struct Waiting {
    std::unique_ptr<net::WebSocket> client;
    Ends ends;
  };
  boost::asio::awaitable<Waiting> wait();

 private:
  boost::asio::awaitable<std::unique_ptr<net::WebSocket>> dial(wire::RelayNonce& nonce);
  boost::asio::awaitable<std::unique_ptr<net::WebSocket>> listen(
      const crypto::Ed25519KeyPair& slot);
  boost::asio::awaitable<Ends> splice();
  boost::asio::awaitable<Ends> through_tls();
  boost::asio::awaitable<Ends> through_transit();

  boost::asio::any_io_executor executor_;
  std::string kind_;
  std::uint16_t port_;
  std::unique_ptr<tls::ServerContext> server_;
  tls::ClientContext client_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace sotto::bench
