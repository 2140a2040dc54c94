#include "node/relay_errors.h"

namespace sotto::node {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(RelayErrc::url), "relay.url", Kind::usage},
    {static_cast<int>(RelayErrc::token_file), "relay.token_file", Kind::input},
    {static_cast<int>(RelayErrc::proxy_url), "relay.proxy", Kind::usage},
    {static_cast<int>(RelayErrc::none), "relay.none", Kind::service},
    {static_cast<int>(RelayErrc::lost), "relay.lost", Kind::unreached},
    {static_cast<int>(RelayErrc::silent), "relay.silent", Kind::unreached},
    {static_cast<int>(RelayErrc::protocol), "relay.protocol", Kind::service},
    {static_cast<int>(RelayErrc::not_host), "relay.not_host", Kind::unreached},
    {static_cast<int>(RelayErrc::token), "relay.token", Kind::service},
    {static_cast<int>(RelayErrc::signature), "relay.signature", Kind::service},
    {static_cast<int>(RelayErrc::nobody), "relay.nobody", Kind::unreached},
    {static_cast<int>(RelayErrc::busy), "relay.busy", Kind::unreached},
    {static_cast<int>(RelayErrc::ticket), "relay.ticket", Kind::unreached},
    {static_cast<int>(RelayErrc::unknown), "relay.unknown", Kind::unreached},
    {static_cast<int>(RelayErrc::older), "relay.older", Kind::failure},
    {static_cast<int>(RelayErrc::quota), "relay.quota", Kind::service},
    {static_cast<int>(RelayErrc::id_reused), "relay.id_reused", Kind::failure},
    {static_cast<int>(RelayErrc::rate), "relay.rate", Kind::unreached},
    {static_cast<int>(RelayErrc::draining), "relay.draining", Kind::unreached},
    {static_cast<int>(RelayErrc::store), "relay.store", Kind::service},
};
const ErrorCategory category("relay", entries);

}  // namespace

std::error_code make_error_code(RelayErrc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> relay_error_table() {
  return entries;
}

}  // namespace sotto::node
