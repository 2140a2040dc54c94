// What can be wrong with bytes from elsewhere.
#pragma once
#include "base/error.h"

namespace sotto::wire {

enum class Errc {
  malformed = 1,  // wire.malformed: not the structure it should be
  over_limit,     // wire.over_limit: a length or count over its limit
  version,        // wire.version: from a newer sotto
  uri_syntax,     // uri.syntax: no URI of a connection file, or not all of it
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::wire

template <>
struct std::is_error_code_enum<sotto::wire::Errc> : std::true_type {};
