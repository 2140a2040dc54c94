// Errors of whole commands.
#pragma once
#include "base/error.h"

namespace sotto::node {

enum class Errc {
  interrupted = 1,  // node.interrupted: SIGINT (exit 130)
  terminated,       // node.terminated: SIGTERM (exit 143)
  bad_name,         // name.invalid (exit 9)
  unknown_target,   // target.unknown: no room or contact of that name, no such file (exit 9)
  file_exists,      // file.exists (exit 2)
  file_io,          // file.io
  fingerprint,      // identity.fingerprint: not the one that was asked for (exit 4)
  own_room,         // room.own: this profile hosts it itself (exit 2)
  too_large,        // message.too_large (exit 9)
  not_text,         // message.not_text: not UTF-8 (exit 9)
  not_delivered,    // send.timeout: not acknowledged in time (exit 3)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::node

template <>
struct std::is_error_code_enum<sotto::node::Errc> : std::true_type {};
