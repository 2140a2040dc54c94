// What can go wrong with a relay, for those who use one.
//
// None is of the kind `refused`: that is what a host says, and what it says is about invites.
#pragma once
#include "base/error.h"

namespace sotto::node {

enum class RelayErrc {
  url = 1,     // relay.url: no wss://HOST[:PORT]/ with an optional #pin= (exit 2)
  token_file,  // relay.token_file: what it holds are no tokens (exit 9)
  proxy_url,   // relay.proxy: no http://[USER@]HOST:PORT (exit 2)
  none,        // relay.none: no relay holds the room (exit 6)
  lost,        // relay.lost: the connection to it broke (exit 3)
  silent,      // relay.silent: it does not answer (exit 3)
  protocol,    // relay.protocol: what it says is not what it may say (exit 6)
  not_host,    // relay.not_host: whoever it led to is not the host (exit 3)
  token,       // relay.token: it wants an access token, or another (exit 6)
  signature,   // relay.signature: it does not take a signature of ours (exit 6)
  nobody,      // relay.nobody: the other side is not there (exit 3)
  busy,        // relay.busy: too many wait for the other side (exit 3)
  ticket,      // relay.ticket: whoever waited has gone (exit 3)
  unknown,     // relay.unknown: it has no such record or mailbox (exit 3)
  older,       // relay.older: it has a newer record
  quota,       // relay.quota: it keeps no more of ours (exit 6)
  id_reused,   // relay.id_reused: it has other content under that id
  rate,        // relay.rate: too many requests from here (exit 3)
  draining,    // relay.draining: it ends soon (exit 3)
  store,       // relay.store: its disk (exit 6)
};
std::error_code make_error_code(RelayErrc code) noexcept;
std::span<const ErrorEntry> relay_error_table();

}  // namespace sotto::node

template <>
struct std::is_error_code_enum<sotto::node::RelayErrc> : std::true_type {};
