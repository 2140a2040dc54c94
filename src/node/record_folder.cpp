#include "node/record_folder.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/text.h"
#include "node/descriptor.h"
#include "node/errors.h"
#include "node/room_registry.h"
#include "wire/record_blob.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

// Of this machine: no more files than that, since they lie in memory; and how old one may get,
// which is longer than any record holds.
constexpr std::size_t files_limit = 2048;
constexpr std::time_t oldest_seconds = 4 * 24 * 3600;
constexpr const char* written_beside = ".new-";

std::unexpected<Error> trouble(const fs::path& where, const std::string& what) {
  return fail(Errc::directory_failed, "The records in " + displayable(where.string()) +
                                          " cannot be used: " + what + ".");
}
std::unexpected<Error> trouble_errno(const fs::path& where) {
  return trouble(where, std::strerror(errno));
}

std::string name_of(ByteView key) {
  return to_hex(key);
}
bool is_name(const char* name) {
  const auto key = from_hex(name);
  return key && key->size() == crypto::Ed25519PublicKey::size;
}

bool write_all(int file, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// Exactly `out.size()` bytes from the beginning.
bool read_all(int file, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t n = ::read(file, out.data(), out.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

Result<int> open_folder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return trouble_errno(folder);
  return opened;
}

}  // namespace

RecordFolder RecordFolder::of_this_machine() {
  return {RoomRegistry().folder().parent_path() / "records", Kind::machine};
}

Result<void> RecordFolder::prepare() const {
  if (kind_ == Kind::shared) {
    const auto folder = open_folder(folder_);
    if (!folder) return std::unexpected(folder.error());
    const Descriptor closed(*folder);
    return {};
  }
  // Made, and checked, with the list of rooms beside it.
  if (auto made = RoomRegistry(folder_.parent_path() / "rooms").make(); !made) return made;
  if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) return trouble_errno(folder_);
  struct stat entry{};
  const bool ours = ::lstat(folder_.c_str(), &entry) == 0 && S_ISDIR(entry.st_mode) &&
                    entry.st_uid == ::geteuid() && (entry.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return ours ? Result<void>() : trouble(folder_, "the folder is not this user's alone");
}

// Whether there is room for one more; what nobody has renewed for long goes.
bool RecordFolder::takes_more(int folder, const std::string& name) const {
  if (kind_ == Kind::shared) return true;
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) {
    if (copy >= 0) ::close(copy);
    return false;
  }
  const std::time_t now = ::time(nullptr);
  std::size_t others = 0;
  while (const dirent* entry = ::readdir(entries)) {
    if (!is_name(entry->d_name) || name == entry->d_name) continue;
    struct stat file{};
    const bool there = ::fstatat(folder, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && file.st_mtime < now - oldest_seconds) {
      ::unlinkat(folder, entry->d_name, 0);
    } else {
      ++others;
    }
  }
  ::closedir(entries);
  return others < files_limit;
}

Result<void> RecordFolder::put(ByteView blob) const {
  if (auto prepared = prepare(); !prepared) return prepared;
  const auto opened = open_folder(folder_);
  if (!opened) return std::unexpected(opened.error());
  const Descriptor folder(*opened);
  const std::string name = name_of(blob.first(crypto::Ed25519PublicKey::size));
  if (!takes_more(folder.get(), name)) return {};  // it is found elsewhere
  const std::string beside = written_beside + name;
  ::unlinkat(folder.get(), beside.c_str(), 0);  // of a process that was killed
  const Descriptor file(::openat(folder.get(), beside.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR));
  if (!file.valid()) return trouble_errno(folder_);
  // Whoever shares the folder is to read it.
  const bool readable = kind_ == Kind::machine ||
                        ::fchmod(file.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 ||
                        errno == EPERM;
  if (!readable || !write_all(file.get(), blob) ||
      ::renameat(folder.get(), beside.c_str(), folder.get(), name.c_str()) != 0) {
    const auto why = trouble_errno(folder_);
    ::unlinkat(folder.get(), beside.c_str(), 0);
    return why;
  }
  return {};
}

Result<std::optional<Bytes>> RecordFolder::get(const crypto::Ed25519PublicKey& key) const {
  const fs::path path = folder_ / name_of(key.view());
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) {
    const int error = errno;
    std::error_code ignored;
    const bool no_folder = kind_ == Kind::shared && !fs::is_directory(folder_, ignored);
    if (error == ENOENT && !no_folder) return std::nullopt;
    return trouble(folder_, std::strerror(error));
  }
  struct stat entry{};
  if (::fstat(file.get(), &entry) != 0) return trouble_errno(path);
  if (!S_ISREG(entry.st_mode)) return trouble(path, "it is no regular file");
  Bytes blob(wire::record_blob_bytes);
  if (entry.st_size != static_cast<off_t>(blob.size()) || !read_all(file.get(), blob)) {
    return trouble(path, "it does not have the size of a record");
  }
  return blob;
}

Result<void> RecordFolder::remove(const crypto::Ed25519PublicKey& key) const {
  const fs::path path = folder_ / name_of(key.view());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return trouble_errno(path);
  return {};
}

}  // namespace sotto::node
