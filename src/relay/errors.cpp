#include "relay/errors.h"

namespace sotto::relay {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::tokens), "relay.tokens", Kind::input},
};
const ErrorCategory category("relay", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return entries;
}

}  // namespace sotto::relay
