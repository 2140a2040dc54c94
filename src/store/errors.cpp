#include "store/errors.h"

namespace sotto::store {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::no_profile), "store.no_profile", Kind::store},
    {static_cast<int>(Errc::exists), "store.exists", Kind::store},
    {static_cast<int>(Errc::passphrase), "store.wrong_passphrase", Kind::refused},
    {static_cast<int>(Errc::key_file), "store.key_file", Kind::store},
    {static_cast<int>(Errc::locked), "store.locked", Kind::store},
    {static_cast<int>(Errc::damaged), "store.damaged", Kind::store},
    {static_cast<int>(Errc::newer), "store.newer", Kind::store},
    {static_cast<int>(Errc::full), "store.full", Kind::store},
    {static_cast<int>(Errc::read_only), "store.read_only", Kind::store},
    {static_cast<int>(Errc::io), "store.io", Kind::store},
    {static_cast<int>(Errc::name_taken), "store.name_taken", Kind::usage},
    {static_cast<int>(Errc::gone), "store.gone", Kind::store},
};
const ErrorCategory category("store", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

}  // namespace sotto::store
