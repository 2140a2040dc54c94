#include "reach/endpoint.h"

#include <charconv>

namespace sotto::reach {
namespace {

namespace ip = boost::asio::ip;

bool is_within(const ip::address_v4& address, std::uint32_t network, unsigned prefix) {
  return ((address.to_uint() ^ network) >> (32 - prefix)) == 0;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  const std::string host = endpoint.address.to_string();
  const std::string port = ":" + std::to_string(endpoint.port);
  return endpoint.address.is_v6() ? "[" + host + "]" + port : host + port;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const IpAddress address = ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Endpoint{unmapped(address), port};
}

IpAddress unmapped(const IpAddress& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

bool is_private(const IpAddress& address) {
  if (address.is_v4()) {
    const auto v4 = address.to_v4();
    return is_within(v4, 0x0a000000, 8) || is_within(v4, 0xac100000, 12) ||
           is_within(v4, 0xc0a80000, 16) || is_within(v4, 0xa9fe0000, 16) || is_carrier(v4);
  }
  const auto v6 = address.to_v6();
  return v6.is_link_local() || (v6.to_bytes()[0] & 0xfe) == 0xfc;
}

bool is_carrier(const IpAddress& address) {
  return address.is_v4() && is_within(address.to_v4(), 0x64400000, 10);
}

bool is_unicast(const IpAddress& address) {
  if (address.is_unspecified() || address.is_loopback() || address.is_multicast()) return false;
  if (!address.is_v4()) return true;
  const auto v4 = address.to_v4();
  return !is_within(v4, 0, 8) && !is_within(v4, 0xf0000000, 4);
}

}  // namespace sotto::reach
