#include "session/errors.h"

namespace sotto::session {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::handshake), "session.handshake", Kind::unreached},
    {static_cast<int>(Errc::protocol), "session.protocol", Kind::failure},
    {static_cast<int>(Errc::link_lost), "session.link_lost", Kind::unreached},
    {static_cast<int>(Errc::other_card), "session.other_card", Kind::identity},
    {static_cast<int>(Errc::left), "session.left", Kind::unreached},
    {static_cast<int>(Errc::wrong_password), "session.wrong_password", Kind::refused},
    {static_cast<int>(Errc::not_open), "session.not_open", Kind::refused},
};
const ErrorCategory category("session", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> error_table() {
  return entries;
}

}  // namespace sotto::session
