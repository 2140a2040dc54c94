#include "node/target_text.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"
#include "node/errors.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.front() == '0' || !std::ranges::all_of(text, is_digit)) {
    return std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_host_letter(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || c == '.' || c == '-' || c == '_';
}

// A DNS name or an IPv4 address.  Four numbers with dots are the latter or nothing: a resolver
// would make its own sense of "127.1" or "300.1.1.1".
bool is_plain_host(std::string_view text) {
  if (text.empty() || text.size() > wire::host_name_limit) return false;
  if (!std::ranges::all_of(text, is_host_letter)) return false;
  const bool only_numbers =
      std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  boost::system::error_code error;
  boost::asio::ip::make_address_v4(std::string(text), error);
  return !only_numbers || !error;
}

std::optional<std::string> ipv6_of(std::string_view text) {
  // A zone ("%eth0") means something on one machine only, and is kept nowhere.
  if (text.find('%') != std::string_view::npos) return std::nullopt;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address_v6(std::string(text), error);
  if (error) return std::nullopt;
  return address.to_string();
}

std::unexpected<Error> no_address(std::string_view text) {
  return fail(Errc::bad_address,
              displayable(text) +
                  " is no address: write HOST:PORT, such as 192.0.2.7:4711, "
                  "[2001:db8::7]:4711 or host.example:4711, with a port from 1 to 65535.");
}

std::unexpected<Error> onion_address() {
  return fail(Errc::needs_tor,
              "An .onion address is reached through Tor only. Nothing was looked up.");
}

}  // namespace

std::optional<RoomId> parse_room_id(std::string_view text) {
  if (text.size() != 2 * RoomId::size) return std::nullopt;
  const auto bytes = from_hex(lower(text));
  return bytes ? RoomId::from(*bytes) : std::nullopt;
}

std::optional<Result<net::HostPort>> parse_address(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return std::nullopt;  // a path
  if (tor::is_onion(text)) return onion_address();
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  if (tor::is_onion(host)) return onion_address();
  if (!port) return no_address(text);
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto address = ipv6_of(host.substr(1, host.size() - 2));
    if (!address) return no_address(text);
    return net::HostPort{*address, *port};
  }
  if (!is_plain_host(host)) return no_address(text);
  return net::HostPort{std::string(host), *port};
}

std::optional<Result<tor::OnionEndpoint>> parse_onion(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return std::nullopt;  // a path
  if (!tor::is_onion(text) && !tor::is_onion(text.substr(0, text.rfind(':')))) {
    return std::nullopt;
  }
  return tor::OnionEndpoint::parse(text);
}

}  // namespace sotto::node
