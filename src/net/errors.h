// What can go wrong on the way to a relay: names and kinds in errors.cpp, causes and cures in
// docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::net {

enum class DialErrc {
  relay_unreachable = 1,  // relay.unreachable: no connection, or no answer in time
  relay_tls,              // relay.tls: it does not speak TLS 1.3
  relay_pin,              // relay.pin: it has another key than the URL says
  relay_untrusted,        // relay.untrusted: no authority vouches for it, or for another name
  relay_expired,          // relay.expired: its certificate
  no_relay,               // relay.no_relay: what answers there is none
  proxy_unreachable,      // proxy.unreachable
  proxy_auth,             // proxy.auth: it wants a user and a password, or others
  proxy_refused,          // proxy.refused: it does not connect us
  proxy_protocol,         // proxy.protocol: what answers there is no HTTP proxy
};
std::error_code make_error_code(DialErrc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::net

template <>
struct std::is_error_code_enum<sotto::net::DialErrc> : std::true_type {};
