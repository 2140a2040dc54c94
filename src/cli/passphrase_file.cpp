#include "cli/passphrase_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

namespace sotto::cli {
namespace {

std::unexpected<Error> unreadable(const std::string& what, int error) {
  return fail(Errc::passphrase_file,
              "The passphrase cannot be read from " + what + ": " + std::strerror(error) + ".");
}

void warn_of_readers(int descriptor, const std::string& what) {
  struct stat file{};
  if (::fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode)) return;
  if ((file.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  log(LogLevel::warning, "Others can read the passphrase in " + what + ": `chmod 600` it.");
}

}  // namespace

Result<Secret> read_passphrase(int descriptor, const std::string& what) {
  // One byte a call: what follows the line may be meant for somebody else.
  Secret buffer(passphrase_limit + 2);
  std::size_t length = 0;
  while (true) {
    if (length == buffer.size()) {
      return fail(Errc::passphrase_file, "The first line of " + what + " is longer than " +
                                             std::to_string(passphrase_limit) +
                                             " bytes: is it a passphrase?");
    }
    std::byte* next = buffer.mutable_view().data() + length;
    const ssize_t count = ::read(descriptor, next, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(what, errno);
    if (count == 0 || *next == std::byte{'\n'}) break;
    ++length;
  }
  if (length > 0 && buffer.view()[length - 1] == std::byte{'\r'}) --length;
  if (length == 0) {
    return fail(Errc::passphrase_empty,
                "The first line of " + what + " is empty: it must hold the passphrase.");
  }
  if (length > passphrase_limit) {
    return fail(Errc::passphrase_file, "The first line of " + what + " is longer than " +
                                           std::to_string(passphrase_limit) +
                                           " bytes: is it a passphrase?");
  }
  return Secret(buffer.view().first(length));
}

Result<Secret> read_passphrase_file(const std::string& path) {
  if (path == "-") return read_passphrase(STDIN_FILENO, "standard input");
  const std::string what = "'" + displayable(path) + "'";
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return unreadable(what, errno);
  warn_of_readers(descriptor, what);
  auto passphrase = read_passphrase(descriptor, what);
  ::close(descriptor);
  return passphrase;
}

}  // namespace sotto::cli
