#include "noise/errors.h"

namespace sotto::noise {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::unknown_pattern), "noise.unknown_pattern", Kind::input},
    {static_cast<int>(Errc::message_length), "noise.message_length", Kind::input},
    {static_cast<int>(Errc::decryption), "noise.decryption", Kind::identity},
    {static_cast<int>(Errc::bad_key), "noise.bad_key", Kind::identity},
    {static_cast<int>(Errc::nonce_exhausted), "noise.nonce_exhausted", Kind::failure},
};
const ErrorCategory category("noise", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::noise
