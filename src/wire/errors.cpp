#include "wire/errors.h"

namespace sotto::wire {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::malformed), "wire.malformed", Kind::input},
    {static_cast<int>(Errc::over_limit), "wire.over_limit", Kind::input},
    {static_cast<int>(Errc::version), "wire.version", Kind::input},
    {static_cast<int>(Errc::uri_syntax), "uri.syntax", Kind::input},
};
const ErrorCategory category("wire", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return entries;
}

}  // namespace sotto::wire
