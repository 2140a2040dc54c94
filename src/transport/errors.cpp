#include "transport/errors.h"

namespace sotto::transport {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::closed), "route.closed", Kind::failure},
    {static_cast<int>(Errc::lost), "route.lost", Kind::unreached},
    {static_cast<int>(Errc::unreachable), "route.unreachable", Kind::unreached},
    {static_cast<int>(Errc::timeout), "route.timeout", Kind::unreached},
    {static_cast<int>(Errc::name), "route.name", Kind::unreached},
    {static_cast<int>(Errc::port_taken), "route.port_taken", Kind::service},
    {static_cast<int>(Errc::bind), "route.bind", Kind::service},
};
const ErrorCategory category("route", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> error_table() {
  return entries;
}

}  // namespace sotto::transport
