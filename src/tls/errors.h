// What can go wrong with the files of a certificate: names and kinds in errors.cpp, causes
// and cures in docs/errors.md.  What goes wrong on a connection is a stream's (tls/stream.h).
#pragma once
#include "base/error.h"

namespace sotto::tls {

enum class Errc {
  certificate = 1,  // tls.certificate: the file is missing or holds no certificate
  key,              // tls.key: the file is missing, holds no key, or another certificate's
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::tls

template <>
struct std::is_error_code_enum<sotto::tls::Errc> : std::true_type {};
