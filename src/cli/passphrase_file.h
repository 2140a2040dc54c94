// Passphrases from files and descriptors.
#pragma once
#include <string>

#include "base/secret.h"
#include "cli/errors.h"

namespace sotto::cli {

inline constexpr std::size_t passphrase_limit = 1024;  // bytes

// The first line, without its "\n" or "\r\n"; what follows stays unread.  `what` names the
// source in errors.  Errc::passphrase_file, passphrase_empty.
Result<Secret> read_passphrase(int descriptor, const std::string& what);

// The same from a file, "-" being standard input.  Warns (base/log.h) of a file that others may
// read as well.
Result<Secret> read_passphrase_file(const std::string& path);

}  // namespace sotto::cli
