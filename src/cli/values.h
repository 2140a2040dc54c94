// The values of flags: text from the command line to what it means.  Each function names the
// flag in its error (Errc::usage).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/time.h"
#include "cli/errors.h"

namespace sotto::cli {

// A whole number within [least, most].
Result<std::uint64_t> parse_number(std::string_view flag, std::string_view text,
                                   std::uint64_t least, std::uint64_t most);

// 1025 to 65535: ports up to 1024 are for root, and sotto has no need of it.
Result<std::uint16_t> parse_port(std::string_view flag, std::string_view text);
Result<std::pair<std::uint16_t, std::uint16_t>> parse_port_range(std::string_view flag,
                                                                 std::string_view text);

// "500", "3.5M", "10G": bytes, with K, M, G and T for powers of 1000; more than nothing.
Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text);

// "90s", "24h": longer than nothing.
Result<milliseconds> parse_length(std::string_view flag, std::string_view text);

// RFC 3339 with any offset: 2026-11-20T22:05:00Z.
std::optional<WallTime> parse_rfc3339(std::string_view text);

// A duration (so long ago) or an RFC 3339 time.
Result<std::variant<milliseconds, WallTime>> parse_since(std::string_view flag,
                                                         std::string_view text);

}  // namespace sotto::cli
