// What can go wrong with a route.
#pragma once
#include "base/error.h"

namespace sotto::transport {

enum class Errc {
  closed = 1,   // route.closed: by us
  lost,         // route.lost: reset, unreachable in mid-stream
  unreachable,  // route.unreachable: no connection to any address
  timeout,      // route.timeout
  name,         // route.name: a host name does not resolve
  port_taken,   // route.port_taken: nobody else may listen there (exit 6)
  bind,         // route.bind: the address to listen on is not ours or not allowed (exit 6)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::transport

template <>
struct std::is_error_code_enum<sotto::transport::Errc> : std::true_type {};
