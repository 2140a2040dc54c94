#include "tls/errors.h"

namespace sotto::tls {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::certificate), "tls.certificate", Kind::service},
    {static_cast<int>(Errc::key), "tls.key", Kind::service},
};
const ErrorCategory category("tls", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::tls
