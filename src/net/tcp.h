// TCP: dialing, listening, and the stream between.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "transport/listener.h"

namespace sotto::net {

struct HostPort {
  std::string host;  // an IP literal without brackets, or a DNS name
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

std::string to_string(const HostPort& address);  // "127.0.0.1:80", "[::1]:80"

struct TcpConnection {
  std::unique_ptr<transport::ByteStream> stream;
  HostPort peer;
};

// Connects to whichever address answers first: one attempt every 250 ms in the order given
// (RFC 8305 section 5), names resolved on the way, every attempt given up at `deadline` or when
// the coroutine is cancelled.  All others are closed.  transport's unreachable, name, timeout:
// the sentence lists what was tried.
Async<TcpConnection> dial_tcp(boost::asio::any_io_executor executor,
                              std::vector<HostPort> addresses,
                              std::chrono::steady_clock::time_point deadline);

struct ListenOptions {
  std::optional<std::string> bind;  // an IP literal; none: every address of IPv6 and IPv4
  // Ports to try in this order; empty: random ones from 1025 to 65535.
  std::vector<std::uint16_t> ports;
};

class TcpListener final : public transport::Listener {
 public:
  // transport's port_taken, bind.
  static Result<std::unique_ptr<TcpListener>> open(const boost::asio::any_io_executor& executor,
                                                   const ListenOptions& options,
                                                   Entropy& entropy);
  // Not inline: whoever has one calls net/ and not Asio's sockets (check-imports).
  TcpListener(TcpListener&& other) noexcept;
  ~TcpListener() override;

  std::uint16_t port() const;

  // `peer` is as to_string() has it.
  Async<transport::Accepted> accept() override;
  void close() noexcept override;

 private:
  explicit TcpListener(boost::asio::ip::tcp::acceptor acceptor);
  boost::asio::ip::tcp::acceptor acceptor_;
};

// The addresses of this machine's interfaces that another machine could use, IPv6 first; those
// of loopback when there are no others.  Link-local ones are left out.
std::vector<std::string> interface_addresses();

}  // namespace sotto::net
