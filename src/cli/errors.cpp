#include "cli/errors.h"

#include "node/errors.h"

namespace sotto::cli {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::usage), "usage.syntax", Kind::usage},
    {static_cast<int>(Errc::needs_flag), "usage.needs_flag", Kind::usage},
    {static_cast<int>(Errc::no_home), "usage.no_home", Kind::usage},
    {static_cast<int>(Errc::profile_exists), "profile.exists", Kind::usage},
    {static_cast<int>(Errc::passphrase_file), "passphrase.file", Kind::input},
    {static_cast<int>(Errc::passphrase_empty), "passphrase.empty", Kind::input},
    {static_cast<int>(Errc::passphrase_differs), "passphrase.differs", Kind::input},
    {static_cast<int>(Errc::declined), "answer.no", Kind::identity},
    {static_cast<int>(Errc::qr_too_large), "qr.too_large", Kind::input},
    {static_cast<int>(Errc::terminal), "terminal.failed", Kind::failure},
    {static_cast<int>(Errc::config), "config.invalid", Kind::input},
    {static_cast<int>(Errc::input), "input.failed", Kind::failure},
    {static_cast<int>(Errc::output), "output.failed", Kind::failure},
};
const ErrorCategory category("cli", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

int exit_code(const Error& error) {
  if (error.is(node::Errc::interrupted)) return 130;
  if (error.is(node::Errc::terminated)) return 143;
  return static_cast<int>(error.kind());
}

}  // namespace sotto::cli
