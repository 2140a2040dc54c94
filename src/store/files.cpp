#include "store/files.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/text.h"

namespace sotto::store {
namespace {

std::string cure_of(Errc code) {
  switch (code) {
    case Errc::full:
      return "Free some space and try again.";
    case Errc::read_only:
      return "Check its owner and mode, and that the disk is mounted for writing.";
    default:
      return "Check the path and the disk.";
  }
}

// Reads until `out` is full or the file ends; the number of bytes read, or -1 with errno set.
ssize_t read_all(int fd, MutableBytes out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t n = ::read(fd, out.data() + have, out.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(have);
}

bool write_all(int fd, ByteView content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content = content.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Errc errc_of(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
      return Errc::full;
    case EROFS:
    case EACCES:
    case EPERM:
      return Errc::read_only;
    default:
      return Errc::io;
  }
}

std::unexpected<Error> fail_errno(int system_error, std::string_view action,
                                  const std::filesystem::path& path) {
  const Errc code = errc_of(system_error);
  return fail(code, "Cannot " + std::string(action) + " " + displayable(path.native()) + ": " +
                        std::generic_category().message(system_error) + ". " + cure_of(code));
}

Result<std::optional<SmallFile>> read_small_file(const std::filesystem::path& path,
                                                 std::size_t limit) {
  // O_NONBLOCK: a named pipe in its place must not hang us.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd && errno != ELOOP) return fail_errno(errno, "read", path);
  struct stat status{};
  if (fd && ::fstat(fd.get(), &status) != 0) return fail_errno(errno, "read", path);
  if (!fd || !S_ISREG(status.st_mode)) {
    return fail(Errc::io, displayable(path.native()) +
                              " is not a regular file. Put the file itself there, not a link.");
  }
  if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > limit) {
    return fail(Errc::damaged, displayable(path.native()) +
                                   " is too long to be what it should be. "
                                   "Restore it from a backup.");
  }
  SmallFile file{Secret(static_cast<std::size_t>(status.st_size)), (status.st_mode & 077) == 0};
  const ssize_t n = read_all(fd.get(), file.content.mutable_view());
  if (n < 0) return fail_errno(errno, "read", path);
  if (static_cast<std::size_t>(n) != file.content.size()) {
    file.content = Secret(file.content.view().first(static_cast<std::size_t>(n)));
  }
  return file;
}

Result<void> write_small_file(const std::filesystem::path& path, ByteView content) {
  std::filesystem::path beside = path;
  beside += ".new";
  ::unlink(beside.c_str());  // what a crash may have left
  Descriptor fd(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_errno(errno, "make", beside);
  const bool written = write_all(fd.get(), content) && ::fsync(fd.get()) == 0 &&
                       ::close(fd.release()) == 0 &&
                       ::rename(beside.c_str(), path.c_str()) == 0;
  if (!written) {
    const int why = errno;
    ::unlink(beside.c_str());
    return fail_errno(why, "write", path);
  }
  if (!sync_folder(path.parent_path())) return fail_errno(errno, "sync", path.parent_path());
  return {};
}

Result<void> replace_small_file(const std::filesystem::path& path, ByteView content) {
  const Descriptor old(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  auto written = write_small_file(path, content);
  struct stat status{};
  if (!written || !old || ::fstat(old.get(), &status) != 0 || status.st_nlink > 0) {
    return written;
  }
  const Bytes zeros(static_cast<std::size_t>(status.st_size));
  // The new file stands whatever becomes of the old one's blocks.
  if (write_all(old.get(), zeros)) ::fsync(old.get());
  return written;
}

}  // namespace sotto::store
