#include "tor/errors.h"

namespace sotto::tor {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::control_reply), "tor.control.reply", Kind::service},
    {static_cast<int>(Errc::control_limit), "tor.control.limit", Kind::service},
    {static_cast<int>(Errc::control_unsolicited), "tor.control.unsolicited", Kind::service},
    {static_cast<int>(Errc::control_timeout), "tor.control.timeout", Kind::service},
    {static_cast<int>(Errc::control_closed), "tor.control.closed", Kind::service},
    {static_cast<int>(Errc::control_auth), "tor.control.auth", Kind::service},
    {static_cast<int>(Errc::control_cookie), "tor.control.cookie", Kind::service},
    {static_cast<int>(Errc::control_password), "tor.control.password", Kind::service},
    {static_cast<int>(Errc::control_forged), "tor.control.forged", Kind::service},
    {static_cast<int>(Errc::control_refused), "tor.control.refused", Kind::service},
    {static_cast<int>(Errc::control_argument), "tor.control.argument", Kind::input},
    {static_cast<int>(Errc::pow_unsupported), "tor.pow.unsupported", Kind::service},
    {static_cast<int>(Errc::onion_collision), "tor.onion.collision", Kind::service},
    {static_cast<int>(Errc::onion_unknown), "tor.onion.unknown", Kind::service},
    {static_cast<int>(Errc::onion_suffix), "tor.onion.suffix", Kind::input},
    {static_cast<int>(Errc::onion_subdomain), "tor.onion.subdomain", Kind::input},
    {static_cast<int>(Errc::onion_old), "tor.onion.old", Kind::input},
    {static_cast<int>(Errc::onion_letter), "tor.onion.letter", Kind::input},
    {static_cast<int>(Errc::onion_length), "tor.onion.length", Kind::input},
    {static_cast<int>(Errc::onion_version), "tor.onion.version", Kind::input},
    {static_cast<int>(Errc::onion_checksum), "tor.onion.checksum", Kind::input},
    {static_cast<int>(Errc::onion_key), "tor.onion.key", Kind::input},
    {static_cast<int>(Errc::onion_port), "tor.onion.port", Kind::input},
    {static_cast<int>(Errc::client_key), "tor.onion.client_key", Kind::input},
    {static_cast<int>(Errc::descriptor_missing), "tor.onion.descriptor", Kind::unreached},
    {static_cast<int>(Errc::descriptor_invalid), "tor.onion.invalid", Kind::unreached},
    {static_cast<int>(Errc::introduction), "tor.onion.introduction", Kind::unreached},
    {static_cast<int>(Errc::rendezvous), "tor.onion.rendezvous", Kind::unreached},
    {static_cast<int>(Errc::auth_missing), "tor.onion.auth_missing", Kind::refused},
    {static_cast<int>(Errc::auth_wrong), "tor.onion.auth_wrong", Kind::refused},
    {static_cast<int>(Errc::bad_address), "tor.onion.address", Kind::input},
    {static_cast<int>(Errc::introduction_timeout), "tor.onion.timeout", Kind::unreached},
    {static_cast<int>(Errc::socks_protocol), "tor.socks.protocol", Kind::service},
    {static_cast<int>(Errc::socks_closed), "tor.socks.closed", Kind::service},
    {static_cast<int>(Errc::socks_isolation), "tor.socks.isolation", Kind::service},
    {static_cast<int>(Errc::socks_failed), "tor.socks.failed", Kind::unreached},
    {static_cast<int>(Errc::socks_forbidden), "tor.socks.forbidden", Kind::service},
    {static_cast<int>(Errc::socks_unreachable), "tor.socks.unreachable", Kind::unreached},
    {static_cast<int>(Errc::socks_refused), "tor.socks.refused", Kind::unreached},
    {static_cast<int>(Errc::socks_timeout), "tor.socks.timeout", Kind::unreached},
    {static_cast<int>(Errc::socks_unsupported), "tor.socks.unsupported", Kind::service},
    {static_cast<int>(Errc::torrc_path), "tor.torrc.path", Kind::input},
    {static_cast<int>(Errc::torrc_line), "tor.torrc.line", Kind::input},
    {static_cast<int>(Errc::torrc_option), "tor.torrc.option", Kind::input},
    {static_cast<int>(Errc::bridge_line), "tor.bridge.line", Kind::input},
    {static_cast<int>(Errc::bridge_transport), "tor.bridge.transport", Kind::input},
    {static_cast<int>(Errc::program_missing), "tor.missing", Kind::service},
    {static_cast<int>(Errc::program_failed), "tor.failed", Kind::service},
    {static_cast<int>(Errc::running_otherwise), "tor.running", Kind::service},
    {static_cast<int>(Errc::not_bootstrapped), "tor.bootstrap", Kind::service},
    {static_cast<int>(Errc::not_published), "tor.onion.unpublished", Kind::service},
    {static_cast<int>(Errc::clock_skew), "tor.clock", Kind::service},
};
const ErrorCategory category("tor", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::tor
