// What can go wrong on the way to a peer: names and kinds in errors.cpp, causes and cures in
// docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::reach {

enum class Errc {
  stun_malformed = 1,  // stun.malformed: what came is no STUN message, or a damaged one
  stun_refused,        // stun.refused: an error response
  stun_timeout,        // stun.timeout: no answer to any of the requests
  mapping_malformed,   // portmap.malformed: what came is no answer of PCP or NAT-PMP
  mapping_refused,     // portmap.refused: a result code
  mapping_timeout,     // portmap.timeout: the gateway does not answer
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::reach

template <>
struct std::is_error_code_enum<sotto::reach::Errc> : std::true_type {};
