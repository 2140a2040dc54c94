#include <algorithm>
#include <arpa/inet.h>
#include <boost/asio/ip/v6_only.hpp>
#include <ifaddrs.h>
#include <net/if.h>

#include "base/big_endian.h"
#include "base/text.h"
#include "net/accept.h"
#include "net/tcp.h"
#include "net/tcp_stream.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using transport::Errc;

constexpr int random_tries = 64;

// Listens on one endpoint; the error code says why not.
boost::system::error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    boost::system::error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

std::uint16_t random_port(Entropy& entropy) {
  constexpr unsigned first = 1025;
  constexpr unsigned count = 65536 - first;
  const auto drawn = entropy.bytes<4>();
  return static_cast<std::uint16_t>(first + load_be<std::uint32_t>(drawn) % count);
}

// 169.254/16 (RFC 3927): the same addresses mean other machines in other networks.
bool is_link_local(const sockaddr_in& address) {
  return (ntohl(address.sin_addr.s_addr) >> 16) == 0xa9fe;
}

// An IPv4 peer of a socket for both families is still an IPv4 peer.
asio::ip::address plain(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

TcpListener::TcpListener(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}
TcpListener::TcpListener(TcpListener&& other) noexcept = default;
TcpListener::~TcpListener() = default;

Result<std::unique_ptr<TcpListener>> TcpListener::open(const asio::any_io_executor& executor,
                                                       const ListenOptions& options,
                                                       Entropy& entropy) {
  std::vector<asio::ip::address> addresses;
  if (options.bind) {
    boost::system::error_code error;
    addresses.push_back(asio::ip::make_address(*options.bind, error));
    if (error) {
      return fail(Errc::bind,
                  "'" + displayable(*options.bind) + "' is no IP address to listen on.");
    }
  } else {
    // Both families on one socket; a machine without IPv6 gets IPv4 alone.
    addresses = {asio::ip::address_v6::any(), asio::ip::address_v4::any()};
  }
  const std::size_t tries = options.ports.empty() ? random_tries : options.ports.size();
  boost::system::error_code last;
  for (std::size_t i = 0; i < tries; ++i) {
    const std::uint16_t port = options.ports.empty() ? random_port(entropy) : options.ports[i];
    for (const auto& address : addresses) {
      tcp::acceptor acceptor(executor);
      last = listen_on(acceptor, {address, port});
      if (!last) return std::unique_ptr<TcpListener>(new TcpListener(std::move(acceptor)));
      if (last == asio::error::address_in_use || last == asio::error::access_denied) break;
    }
    if (last != asio::error::address_in_use && last != asio::error::access_denied) break;
  }
  if (last == asio::error::address_in_use || last == asio::error::access_denied) {
    const bool one = options.ports.size() == 1;
    return fail(
        Errc::port_taken,
        one ? "Port " + std::to_string(options.ports[0]) +
                  " is taken by another program (or not allowed). Choose another with "
                  "--port."
            : "No free port was found there. Choose others with --port or --port-range.");
  }
  return fail(Errc::bind, "This machine cannot listen on " +
                              options.bind.value_or("any address") + ": " + last.message() +
                              ". Choose another address with --bind.");
}

std::uint16_t TcpListener::port() const {
  boost::system::error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

Async<transport::Accepted> TcpListener::accept() {
  while (true) {
    auto socket = co_await accept_next(acceptor_);
    if (!socket) co_return pass(socket);
    boost::system::error_code gone;
    const auto endpoint = socket->remote_endpoint(gone);
    if (gone) continue;
    const HostPort peer{plain(endpoint.address()).to_string(), endpoint.port()};
    transport::Accepted accepted{std::make_unique<TcpStream>(std::move(*socket)),
                                 to_string(peer)};
    co_return std::move(accepted);
  }
}

void TcpListener::close() noexcept {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

std::vector<std::string> interface_addresses() {
  std::vector<std::string> v6;
  std::vector<std::string> v4;
  std::vector<std::string> loopback;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    char text[INET6_ADDRSTRLEN] = {};
    if (at->ifa_addr->sa_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(at->ifa_addr);
      if (is_link_local(*address)) continue;
      ::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
      ((at->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : v4).emplace_back(text);
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr);
      if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) continue;
      ::inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
      ((at->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : v6).emplace_back(text);
    }
  }
  ::freeifaddrs(list);
  std::vector<std::string> out = std::move(v6);
  out.insert(out.end(), v4.begin(), v4.end());
  return out.empty() ? loopback : out;
}

}  // namespace sotto::net
