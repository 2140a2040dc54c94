#include "node/files.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/errors.h"
#include "node/descriptor.h"
#include "node/errors.h"
#include "node/system.h"
#include "store/errors.h"

namespace sotto::node {
namespace {

std::unexpected<Error> io_failure(const std::string& what, const std::string& file) {
  if (errno == ENOSPC || errno == EDQUOT) {
    return fail(store::Errc::full, "There is no space left to write " + displayable(file) +
                                       ". Make room, then try again.");
  }
  return fail(Errc::file_io,
              "Cannot " + what + " " + displayable(file) + ": " + std::strerror(errno) + ".");
}

Result<Bytes> read_all(int descriptor, const std::string& file, std::size_t limit,
                       const std::string& what) {
  Bytes out;
  std::array<std::byte, std::size_t{16} * 1024> buffer;
  while (true) {
    const ssize_t n = ::read(descriptor, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_failure("read", file);
    if (n == 0) return out;
    append(out, ByteView(buffer).first(static_cast<std::size_t>(n)));
    if (out.size() > limit) {
      return fail(crypto::Errc::not_sealed_file, displayable(file) + " is far too large for " +
                                                     what + ". Is it another file?");
    }
  }
}

Result<void> write_all(int descriptor, ByteView bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_failure("write", file);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<Bytes> read_file(const std::string& file, std::size_t limit, const std::string& what) {
  if (file == "-") return read_all(STDIN_FILENO, "standard input", limit, what);
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) return io_failure("open", file);
  return read_all(descriptor.get(), file, limit, what);
}

Result<void> check_writable(const std::filesystem::path& file, bool force) {
  std::error_code ignored;
  if (file == "-" || force || !std::filesystem::exists(file, ignored)) return {};
  return fail(Errc::file_exists, displayable(file.string()) +
                                     " exists already. Choose another name, or --force to "
                                     "replace it.");
}

// Beside the target, synced, then renamed over it: whoever reads sees the whole file or none.
Result<void> write_file(const std::filesystem::path& file, ByteView bytes) {
  if (file == "-") return write_all(STDOUT_FILENO, bytes, "standard output");
  const std::string beside =
      file.string() + "." + to_hex(system_entropy().bytes<6>()) + ".part";
  const Descriptor descriptor(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (descriptor.get() < 0) return io_failure("write", file.string());
  auto written = write_all(descriptor.get(), bytes, file.string());
  if (written && ::fsync(descriptor.get()) != 0) written = io_failure("write", file.string());
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) {
    written = io_failure("write", file.string());
  }
  if (!written) ::unlink(beside.c_str());
  return written;
}

}  // namespace sotto::node
