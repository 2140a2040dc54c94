#include "reach/errors.h"

namespace sotto::reach {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::stun_malformed), "stun.malformed", Kind::service},
    {static_cast<int>(Errc::stun_refused), "stun.refused", Kind::service},
    {static_cast<int>(Errc::stun_credentials), "stun.credentials", Kind::service},
    {static_cast<int>(Errc::stun_timeout), "stun.timeout", Kind::service},
    {static_cast<int>(Errc::turn_full), "turn.full", Kind::service},
    {static_cast<int>(Errc::turn_lost), "turn.lost", Kind::service},
    {static_cast<int>(Errc::mapping_malformed), "portmap.malformed", Kind::service},
    {static_cast<int>(Errc::mapping_refused), "portmap.refused", Kind::service},
    {static_cast<int>(Errc::mapping_timeout), "portmap.timeout", Kind::service},
    {static_cast<int>(Errc::no_path), "path.none", Kind::unreached},
    {static_cast<int>(Errc::path_lost), "path.lost", Kind::unreached},
};
const ErrorCategory category("reach", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return entries;
}

}  // namespace sotto::reach
