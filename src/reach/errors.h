// What can go wrong on the way to a peer: names and kinds in errors.cpp, causes and cures in
// docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::reach {

enum class Errc {
  stun_malformed = 1,  // stun.malformed: what came is no STUN message, or a damaged one
  stun_refused,        // stun.refused: an error response
  stun_credentials,    // stun.credentials: the server wants a name and password, or others
  stun_timeout,        // stun.timeout: no answer to any of the requests
  turn_full,           // turn.full: the server has no relayed address left for us
  turn_lost,           // turn.lost: the server does not know the allocation (any more)
  mapping_malformed,   // portmap.malformed: what came is no answer of PCP or NAT-PMP
  mapping_refused,     // portmap.refused: a result code, or an answer that is of no use
  mapping_timeout,     // portmap.timeout: the gateway does not answer
  no_path,             // path.none: none of the pairs of addresses works
  path_lost,           // path.lost: the peer does not answer on it any more
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::reach

template <>
struct std::is_error_code_enum<sotto::reach::Errc> : std::true_type {};
