// Sockets of forwarded streams: to the services that a host exposes, and from the programs that
// connect to a member's ports.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "base/time.h"
#include "net/tcp.h"
#include "transport/duplex_stream.h"

namespace sotto::net {

struct UnixPath {
  std::string path;
  friend bool operator==(const UnixPath&, const UnixPath&) = default;
};
using ServiceAddress = std::variant<HostPort, UnixPath>;

std::string to_string(const ServiceAddress& address);  // "127.0.0.1:80", "unix:/run/web"

// "127.1.2.3", "::1": nothing that is sent there leaves this machine, and no resolver is asked.
bool is_loopback(const std::string& ip_literal);

// Connects to the first address of the service that answers.  transport's unreachable, timeout:
// also when it does not resolve.
Async<std::unique_ptr<transport::DuplexStream>> dial_service(
    boost::asio::any_io_executor executor, ServiceAddress address, SteadyTime deadline);

class ServicePort {
 public:
  // Listens on `bind` (an IP literal) and `port`; 0: any that is free.  transport's port_taken,
  // bind.
  static Result<ServicePort> open(const boost::asio::any_io_executor& executor,
                                  const std::string& bind, std::uint16_t port);

  // Not inline: whoever has one calls net/ and not Asio's sockets (check-imports).
  ServicePort(ServicePort&& other) noexcept;
  ServicePort& operator=(ServicePort&& other) noexcept;
  ~ServicePort();

  HostPort address() const;

  // The next connection.  Waits out a lack of file descriptors.  Errc::closed after close().
  Async<std::unique_ptr<transport::DuplexStream>> accept();
  void close() noexcept;

 private:
  explicit ServicePort(boost::asio::ip::tcp::acceptor acceptor);
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace sotto::net
