#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "store/files.h"
#include "store/profile.h"

namespace sotto::store {
namespace {

// " (process 123)", or nothing when the owner could not write it, its disk being full.
std::string owner_named_in(int fd) {
  std::array<char, 16> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0; i < n && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i) {
    digits += text[static_cast<std::size_t>(i)];
  }
  return digits.empty() ? "" : " (process " + digits + ")";
}

// Only for the message above: the lock holds whether this succeeds or not.
void name_ourselves_in(int fd) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t n = ::pwrite(fd, pid.data(), pid.size(), 0);
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::filesystem::path& home, std::string_view what,
                                  std::string_view place) {
  const std::filesystem::path path = home / "lock";
  Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_errno(errno, "open", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, "lock", path);
    return fail(Errc::locked, "The " + std::string(what) + " in " + displayable(home.native()) +
                                  " is in use by another sotto" + owner_named_in(fd.get()) +
                                  ". End that one first, or choose another " +
                                  std::string(place) + ".");
  }
  name_ourselves_in(fd.get());
  return OwnerLock(fd.release());
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OwnerLock::~OwnerLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace sotto::store
