// Where something is in the network: an IP address and a port.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::reach {

using IpAddress = boost::asio::ip::address;

struct Endpoint {
  IpAddress address;  // never an IPv4-mapped one of IPv6: see unmapped()
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  // By address, then by port: any order will do where one is needed.
  friend std::strong_ordering operator<=>(const Endpoint& a, const Endpoint& b) {
    if (a.address != b.address) {
      return a.address < b.address ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    return a.port <=> b.port;
  }
};

std::string to_string(const Endpoint& endpoint);  // "192.0.2.1:80", "[2001:db8::1]:80"
// The inverse; nothing for anything else.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// ::ffff:192.0.2.1 as 192.0.2.1, others as they are.
IpAddress unmapped(const IpAddress& address);

// Reaches no further than a home, an office or a carrier: RFC 1918, RFC 6598 (100.64/10), RFC
// 3927, RFC 4193 and link-local.
bool is_private(const IpAddress& address);
// RFC 6598: a carrier's NAT hands these out.
bool is_carrier(const IpAddress& address);
// May be that of a peer: neither unspecified, loopback, multicast nor broadcast.
bool is_unicast(const IpAddress& address);

}  // namespace sotto::reach
