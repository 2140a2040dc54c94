#include "net/errors.h"

namespace sotto::net {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(DialErrc::relay_unreachable), "relay.unreachable", Kind::service},
    {static_cast<int>(DialErrc::relay_tls), "relay.tls", Kind::service},
    {static_cast<int>(DialErrc::relay_pin), "relay.pin", Kind::service},
    {static_cast<int>(DialErrc::relay_untrusted), "relay.untrusted", Kind::service},
    {static_cast<int>(DialErrc::relay_expired), "relay.expired", Kind::service},
    {static_cast<int>(DialErrc::no_relay), "relay.no_relay", Kind::service},
    {static_cast<int>(DialErrc::proxy_unreachable), "proxy.unreachable", Kind::service},
    {static_cast<int>(DialErrc::proxy_auth), "proxy.auth", Kind::service},
    {static_cast<int>(DialErrc::proxy_refused), "proxy.refused", Kind::service},
    {static_cast<int>(DialErrc::proxy_protocol), "proxy.protocol", Kind::service},
};
const ErrorCategory category("net", entries);

}  // namespace

std::error_code make_error_code(DialErrc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::net
