// What the word after `join` or `send` may say by its looks alone: the id of a room, or an
// address.  Names, files and URIs come before these (target.h).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fixed_bytes.h"
#include "net/tcp.h"
#include "tor/onion_address.h"

namespace sotto::node {

// 32 hex digits in either case.
std::optional<RoomId> parse_room_id(std::string_view text);

// "HOST:PORT", where HOST is a DNS name (letters, digits, '.', '-' and '_'), an IPv4 address
// or an IPv6 address in brackets, and PORT is 1 to 65535 without a zero before it.  Nothing for
// what does not look like an address at all.
//
// Errc::bad_address for what does but is none; Errc::needs_tor for an onion address, which no
// resolver may be asked about.
std::optional<Result<net::HostPort>> parse_address(std::string_view text);

// "ADDRESS.onion[:PORT]"; nothing for what does not end so.  tor's errors of a mistyped one.
std::optional<Result<tor::OnionEndpoint>> parse_onion(std::string_view text);

}  // namespace sotto::node
