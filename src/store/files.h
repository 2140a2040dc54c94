// Small files of a profile's home, and errno as store errors.
//
// For store/ only.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/secret.h"
#include "store/errors.h"

namespace sotto::store {

// An open file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// full, read_only or io.
Errc errc_of(int system_error);
// "Cannot `action` `path`: ...", with what to do about it.
std::unexpected<Error> fail_errno(int system_error, std::string_view action,
                                  const std::filesystem::path& path);

struct SmallFile {
  Secret content;
  bool private_to_owner;  // neither group nor others have any right to it
};

// Nothing when there is no such file.  Refuses what is no regular file, symbolic links included
// (Errc::io), and what is longer than `limit` (Errc::damaged).
Result<std::optional<SmallFile>> read_small_file(const std::filesystem::path& path,
                                                 std::size_t limit);

// Writes beside (`path`.new), syncs, renames, syncs the folder: `path` is whole or untouched.
// Mode 0600.  Only one process at a time may write the same path.
Result<void> write_small_file(const std::filesystem::path& path, ByteView content);

// The same, and then overwrites with zeros what `path` held before, unless the file has another
// name as well.  As far as the file system writes in place: others keep the old blocks.
Result<void> replace_small_file(const std::filesystem::path& path, ByteView content);

}  // namespace sotto::store
