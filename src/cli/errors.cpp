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

constexpr ExitCode codes[] = {
    {"0", "done, to the stage asked for"},
    {"1", "failure: any other"},
    {"2", "usage: the command was not understood"},
    {"3", "unreached: the peer was not reached in time"},
    {"4", "identity: wrong fingerprint, changed key, the person said no"},
    {"5", "refused: bad passphrase; used up, expired or revoked invite; not a member"},
    {"6", "service: something that a route needs is missing or broken, such as the port"},
    {"7", "store: locked, damaged, from a newer version, disk full"},
    {"8", "policy: not allowed, or it would leave Tor"},
    {"9", "input: not what it should be, damaged, over a limit"},
    {"130, 143", "ended by SIGINT; by SIGTERM or SIGHUP"},
};

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return category.table();
}

std::span<const ExitCode> exit_codes() {
  return codes;
}

int exit_code(const Error& error) {
  if (error.is(node::Errc::interrupted)) return 130;
  if (error.is(node::Errc::terminated)) return 143;
  return static_cast<int>(error.kind());
}

}  // namespace sotto::cli
