// What an operator can do wrong, besides what tls/, store/ and transport/ say: names and kinds
// in errors.cpp, causes and cures in docs/errors.md.
#pragma once
#include "base/error.h"

namespace sotto::relay {

enum class Errc {
  tokens = 1,  // relay.tokens: the file of access tokens
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::relay

template <>
struct std::is_error_code_enum<sotto::relay::Errc> : std::true_type {};
