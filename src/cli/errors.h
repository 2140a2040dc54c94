// Errors of the command line itself; those of the commands come from node/.
#pragma once
#include "base/error.h"

namespace sotto::cli {

enum class Errc {
  usage = 1,         // usage.syntax: the words of the command line (exit 2)
  needs_flag,        // usage.needs_flag: an answer is missing and nobody can be asked (exit 2)
  no_home,           // usage.no_home: nowhere to keep the profile (exit 2)
  profile_exists,    // profile.exists: `init` where there is a profile (exit 2)
  passphrase_file,   // passphrase.file: unreadable or unusable (exit 9)
  passphrase_empty,  // passphrase.empty (exit 9)
  passphrase_differs,  // passphrase.differs: not the same twice (exit 9)
  declined,            // answer.no: the person said no (exit 4)
  qr_too_large,        // qr.too_large: more than a QR code holds (exit 9)
  terminal,            // terminal.failed: could not be asked through it (exit 1)
  config,              // config.invalid: the settings file has faults (exit 9)
  input,               // input.failed: standard input could not be read (exit 1)
  output,              // output.failed: standard output could not be written (exit 1)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

// Every exit code with what it says, as help, manual and docs/errors.md list them.
struct ExitCode {
  const char* code;  // "3"; "130, 143"
  const char* about;
};
std::span<const ExitCode> exit_codes();

// What the process ends with: the error's kind, or 130 and 143 for signals.
int exit_code(const Error& error);

}  // namespace sotto::cli

template <>
struct std::is_error_code_enum<sotto::cli::Errc> : std::true_type {};
