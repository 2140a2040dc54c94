#include "relay/ports.h"

#include <boost/asio/ip/v6_only.hpp>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "transport/errors.h"

namespace sotto::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using transport::Errc;

Result<tcp::acceptor> listen_on(asio::any_io_executor executor, const Endpoint& endpoint,
                                const char* flag) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(endpoint.address, error);
  const std::string shown = displayable(to_string(endpoint));
  if (error) {
    return fail(Errc::bind, "'" + displayable(endpoint.address) +
                                "' is no IP address to listen on. Give " + flag +
                                " an address of this machine, such as 0.0.0.0:443.");
  }
  tcp::acceptor acceptor(std::move(executor));
  const tcp::endpoint where(address, endpoint.port);
  acceptor.open(where.protocol(), error);
  if (error == asio::error::address_family_not_supported && address.is_unspecified()) {
    // A machine without IPv6: all of its addresses are of IPv4.
    return listen_on(acceptor.get_executor(), {"0.0.0.0", endpoint.port}, flag);
  }
  // [::] takes IPv4 too: one --listen is enough for all addresses.
  if (!error && address.is_v6() && address.is_unspecified()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return acceptor;
  if (error == asio::error::address_in_use) {
    return fail(Errc::port_taken, shown +
                                      " is taken by another program. End that one, or give " +
                                      flag + " another port.");
  }
  if (error == asio::error::access_denied) {
    return fail(Errc::port_taken, "This user may not listen on " + shown + ". Give " + flag +
                                      " a port above 1023, or the program CAP_NET_BIND_SERVICE "
                                      "(docs/relay.md).");
  }
  return fail(Errc::bind, "This machine cannot listen on " + shown + ": " + error.message() +
                              ". Give " + flag + " another address.");
}

AddressBlock block_of(const asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return AddressBlock(std::as_bytes(std::span(bytes)));
  }
  const auto bytes = address.to_v6().to_bytes();
  return AddressBlock(std::as_bytes(std::span(bytes)));
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace sotto::relay
