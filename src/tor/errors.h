// What can go wrong with tor: names and kinds in errors.cpp, causes and cures in
// docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::tor {

enum class Errc {
  control_reply = 1,     // tor.control.reply: what came is no reply of tor's
  control_limit,         // tor.control.limit: a line or reply without end
  control_unsolicited,   // tor.control.unsolicited: a reply to no command
  control_timeout,       // tor.control.timeout: no reply in time
  control_closed,        // tor.control.closed: hung up
  control_auth,          // tor.control.auth: authentication failed, or no method that we use
  control_cookie,        // tor.control.cookie: the cookie file is no cookie
  control_password,      // tor.control.password: a password is needed, or wrong
  control_forged,        // tor.control.forged: SERVERHASH does not fit the cookie
  control_refused,       // tor.control.refused: another 4xx or 5xx
  control_argument,      // tor.control.argument: a value that would break the command
  pow_unsupported,       // tor.pow.unsupported: retry without
  onion_collision,       // tor.onion.collision: 550
  onion_unknown,         // tor.onion.unknown: 552
  onion_suffix,          // tor.onion.suffix: does not end in .onion
  onion_subdomain,       // tor.onion.subdomain: something before the address
  onion_old,             // tor.onion.old: 16 letters: version 2
  onion_letter,          // tor.onion.letter: no base32
  onion_length,          // tor.onion.length: not 56 letters
  onion_version,         // tor.onion.version: not version 3
  onion_checksum,        // tor.onion.checksum: a typo
  onion_key,             // tor.onion.key: names no usable key
  onion_port,            // tor.onion.port: no port
  client_key,            // tor.onion.client_key: no x25519 key
  descriptor_missing,    // tor.onion.descriptor: F0
  descriptor_invalid,    // tor.onion.invalid: F1
  introduction,          // tor.onion.introduction: F2
  rendezvous,            // tor.onion.rendezvous: F3
  auth_missing,          // tor.onion.auth_missing: F4
  auth_wrong,            // tor.onion.auth_wrong: F5
  bad_address,           // tor.onion.address: F6
  introduction_timeout,  // tor.onion.timeout: F7
  socks_protocol,        // tor.socks.protocol: no SOCKS5
  socks_closed,          // tor.socks.closed: hung up
  socks_isolation,       // tor.socks.isolation: user and password not taken
  socks_failed,          // tor.socks.failed: 01
  socks_forbidden,       // tor.socks.forbidden: 02
  socks_unreachable,     // tor.socks.unreachable: 03, 04
  socks_refused,         // tor.socks.refused: 05
  socks_timeout,         // tor.socks.timeout: 06
  socks_unsupported,     // tor.socks.unsupported: 07, 08
  torrc_path,            // tor.torrc.path: a path that tor cannot use
  torrc_line,            // tor.torrc.line: no line of a torrc
  torrc_option,          // tor.torrc.option: an option that is sotto's to set
  bridge_line,           // tor.bridge.line: no bridge
  bridge_transport,      // tor.bridge.transport: no plugin
  program_missing,       // tor.missing: not installed
  program_failed,        // tor.failed: it does not start, or ended by itself
  running_otherwise,     // tor.running: with other settings than asked for
  not_bootstrapped,      // tor.bootstrap: not connected to the Tor network in time
  not_published,         // tor.onion.unpublished: our service does not answer
  clock_skew,            // tor.clock: this machine's clock is off
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::tor

template <>
struct std::is_error_code_enum<sotto::tor::Errc> : std::true_type {};
