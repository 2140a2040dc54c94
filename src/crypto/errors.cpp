#include "crypto/errors.h"

namespace sotto::crypto {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::bad_key), "crypto.bad_key", Kind::input},
    {static_cast<int>(Errc::bad_signature), "crypto.bad_signature", Kind::identity},
    {static_cast<int>(Errc::decryption), "crypto.decryption", Kind::input},
    {static_cast<int>(Errc::card_invalid), "card.invalid", Kind::input},
    {static_cast<int>(Errc::bad_fingerprint), "fingerprint.syntax", Kind::input},
    {static_cast<int>(Errc::not_sealed_file), "file.not_sotto", Kind::input},
    {static_cast<int>(Errc::file_version), "file.version", Kind::input},
    {static_cast<int>(Errc::file_damaged), "file.damaged", Kind::input},
    {static_cast<int>(Errc::file_locked), "file.wrong_passphrase", Kind::refused},
    {static_cast<int>(Errc::file_not_for_us), "file.not_for_us", Kind::refused},
    {static_cast<int>(Errc::kdf_limits), "file.kdf_limits", Kind::input},
    {static_cast<int>(Errc::kdf_failed), "crypto.kdf_failed", Kind::failure},
    {static_cast<int>(Errc::armor_syntax), "armor.syntax", Kind::input},
    {static_cast<int>(Errc::file_too_large), "file.too_large", Kind::input},
};
const ErrorCategory category("crypto", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::crypto
