#include "node/file_part.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include "base/big_endian.h"
#include "base/encoding.h"
#include "base/text.h"
#include "node/file_source.h"
#include "wire/file_name.h"

namespace sotto::node {
namespace {

constexpr std::size_t key_bytes = 16;
// At most so much waits for the disk when the last byte has come.
constexpr std::uint64_t sync_every = std::uint64_t{64} << 20;
constexpr unsigned names_limit = 1'000;  // "report.pdf", "report (2).pdf", ...
constexpr auto stale_after = std::chrono::days(14);

std::string key_of(const crypto::Ed25519PublicKey& sender, const wire::FileOffer& offer) {
  Bytes size;
  append_be(size, offer.size);
  const auto hash = crypto::blake2b_256(
      {as_bytes("sotto part 1"), sender.view(), size, offer.hash, as_bytes(offer.name)});
  return to_hex(ByteView(hash).first(key_bytes));
}

bool is_ours(const std::filesystem::path& name) {
  const std::string text = name.string();
  return text.starts_with(".sotto-") && (text.ends_with(".part") || text.ends_with(".kept"));
}

// What is ours in a folder, and when it was written to: the oldest first.
std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> leftovers_in(
    const std::filesystem::path& folder) {
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> out;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != end(entry); entry.increment(error)) {
    if (!is_ours(entry->path().filename())) continue;
    std::error_code gone;
    const auto written = entry->last_write_time(gone);
    if (!gone) out.emplace_back(written, entry->path());
  }
  std::ranges::sort(out);
  return out;
}

// With as many leftovers as there may be, the one that nobody has written to for the longest
// goes; what is being written to is locked, and stays.
void drop_oldest(const std::filesystem::path& folder) {
  const auto ours = leftovers_in(folder);
  if (ours.size() < leftovers_limit) return;
  for (const auto& [written, path] : ours) {
    const Descriptor one(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!one.valid() || ::flock(one.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (::unlink(path.c_str()) == 0) return;
  }
}

bool is_here(int folder, const std::string& name) {
  struct stat ignored{};
  return ::fstatat(folder, name.c_str(), &ignored, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

FilePart::FilePart(std::filesystem::path folder, int folder_descriptor, std::string key,
                   const wire::FileOffer& offer)
    : folder_path_(std::move(folder)),
      folder_(folder_descriptor),
      key_(std::move(key)),
      offer_(offer) {}

std::unexpected<Error> FilePart::failed(const std::string& what) const {
  const std::string name = displayable(folder_path_.string());
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) {
    return fail(Errc::file_no_space, "There is no space left in " + name + " for " +
                                         displayable(offer_.name) +
                                         ". Make room: the sender can go on where it stopped.");
  }
  return fail(Errc::accept_folder,
              "Cannot " + what + " in " + name + ": " + std::strerror(errno) + ".");
}

Result<std::shared_ptr<FilePart>> FilePart::open(const std::filesystem::path& folder,
                                                 const crypto::Ed25519PublicKey& sender,
                                                 const wire::FileOffer& offer) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::shared_ptr<FilePart> self(
      new FilePart(folder, descriptor, key_of(sender, offer), offer));
  if (descriptor < 0) return self->failed("open the folder: nothing can be stored");
  if (self->was_kept()) return self;
  if (auto opened = self->open_part(); !opened) return pass(opened);
  if (auto space = self->check_space(offer.size - self->found_); !space) {
    self->leave();
    return pass(space);
  }
  return self;
}

// Whether it was given its name already, and only the sender does not know.
bool FilePart::was_kept() {
  const Descriptor kept(
      ::openat(folder_.get(), kept_name().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!kept.valid() || is_here(folder_.get(), part_name())) return false;
  std::string name(wire::file_name_limit + 16, '\0');
  const ssize_t n = ::read(kept.get(), name.data(), name.size());
  name.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  // The name was written before it was given.
  if (name.find('/') != std::string::npos || !is_here(folder_.get(), name)) return false;
  final_path_ = (folder_path_ / name).string();
  hashed_ = found_ = offer_.size;
  return true;
}

Result<void> FilePart::open_part() {
  if (!is_here(folder_.get(), part_name())) drop_oldest(folder_path_);
  part_ = std::make_unique<Descriptor>(::openat(folder_.get(), part_name().c_str(),
                                                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                                                S_IRUSR | S_IWUSR));
  struct stat here{};
  if (!part_->valid() || ::fstat(part_->get(), &here) != 0) return failed("store a file");
  if (!S_ISREG(here.st_mode) || here.st_uid != ::geteuid()) {
    errno = EEXIST;
    return failed("store a file: " + part_name() + " is not ours");
  }
  const bool locked = ::flock(part_->get(), LOCK_EX | LOCK_NB) == 0;
  if (!locked || !has_its_name()) {
    return fail(Errc::file_busy, "Another transfer of " + displayable(offer_.name) +
                                     " is under way. Wait until it has ended.");
  }
  found_ = static_cast<std::uint64_t>(here.st_size);
  if (found_ > offer_.size) {
    if (::ftruncate(part_->get(), 0) != 0) return failed("store a file");
    found_ = 0;
  }
  return {};
}

// False once it was given its name, or was removed.
bool FilePart::has_its_name() const {
  struct stat here{};
  struct stat named{};
  return ::fstat(part_->get(), &here) == 0 &&
         ::fstatat(folder_.get(), part_name().c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         named.st_dev == here.st_dev && named.st_ino == here.st_ino;
}

Result<void> FilePart::check_space(std::uint64_t bytes) const {
  struct statvfs disk{};
  if (::fstatvfs(part_->get(), &disk) != 0) return failed("see how much space is left");
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= kept_free && free - kept_free >= bytes) return {};
  errno = ENOSPC;
  return failed("store a file");
}

Result<void> FilePart::look_more() {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(disk_piece, found_ - hashed_)));
  MutableBytes rest = piece;
  while (!rest.empty()) {
    const std::uint64_t at = hashed_ + (piece.size() - rest.size());
    const ssize_t n = ::pread(part_->get(), rest.data(), rest.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("read what came before");
    rest = rest.subspan(static_cast<std::size_t>(n));
  }
  hash_.update(piece);
  hashed_ = synced_ = hashed_ + piece.size();
  return {};
}

Result<void> FilePart::add(ByteView bytes) {
  // Others fill the disk meanwhile.
  if (auto space = check_space(bytes.size()); !space) return space;
  while (!bytes.empty()) {
    const ssize_t n =
        ::pwrite(part_->get(), bytes.data(), bytes.size(), static_cast<off_t>(hashed_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("store a file");
    const auto written = static_cast<std::size_t>(n);
    hash_.update(bytes.first(written));
    hashed_ += written;
    bytes = bytes.subspan(written);
  }
  return hashed_ - synced_ >= sync_every ? sync() : Result<void>();
}

Result<void> FilePart::sync() {
  if (::fdatasync(part_->get()) != 0) return failed("store a file");
  synced_ = hashed_;
  return {};
}

Result<void> FilePart::finish() {
  if (!crypto::equal_constant_time(hash_.finish(), offer_.hash)) {
    ::unlinkat(folder_.get(), part_name().c_str(), 0);
    return fail(Errc::file_mismatch,
                "What came of " + displayable(offer_.name) +
                    " is not what was offered: it was changed on the sender's disk meanwhile, "
                    "or a disk is faulty. It was not kept; ask for it again.");
  }
  if (::fsync(part_->get()) != 0) return failed("store a file");
  return name_it();
}

Result<void> FilePart::name_it() {
  for (unsigned number = 1; number <= names_limit; ++number) {
    const std::string name = number == 1 ? offer_.name : wire::numbered(offer_.name, number);
    const auto named = try_name(name);
    if (!named) return std::unexpected(named.error());
    if (!*named) continue;
    if (::fsync(folder_.get()) != 0) return failed("store a file");
    final_path_ = (folder_path_ / name).string();
    return {};
  }
  errno = EEXIST;
  return failed("give " + displayable(offer_.name) + " a name: too many of that name are");
}

// False when something of that name is there.
Result<bool> FilePart::try_name(const std::string& name) {
  if (is_here(folder_.get(), name)) return false;
  if (auto written = write_kept(name); !written) return pass(written);
  const std::string part = part_name();
  if (::renameat2(folder_.get(), part.c_str(), folder_.get(), name.c_str(), RENAME_NOREPLACE) ==
      0) {
    return true;
  }
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) return failed("store a file");
  // A file system without that has links, which overwrite nothing either.
  if (::linkat(folder_.get(), part.c_str(), folder_.get(), name.c_str(), 0) != 0) {
    return errno == EEXIST ? Result<bool>(false) : failed("store a file");
  }
  if (::unlinkat(folder_.get(), part.c_str(), 0) != 0) return failed("store a file");
  return true;
}

Result<void> FilePart::write_kept(const std::string& name) {
  const Descriptor kept(::openat(folder_.get(), kept_name().c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                 S_IRUSR | S_IWUSR));
  if (!kept.valid() ||
      ::write(kept.get(), name.data(), name.size()) != static_cast<ssize_t>(name.size()) ||
      ::fsync(kept.get()) != 0 || ::fsync(folder_.get()) != 0) {
    return failed("store a file");
  }
  return {};
}

void FilePart::leave() {
  const bool empty = part_ && found_ == 0 && hashed_ == 0;
  // Its lock is held: nobody else has begun to use it.
  if (empty && has_its_name()) ::unlinkat(folder_.get(), part_name().c_str(), 0);
}

void FilePart::settle() {
  ::unlinkat(folder_.get(), kept_name().c_str(), 0);
}

Result<void> prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const std::string name = displayable(folder.string());
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(Errc::accept_folder,
                "There is no folder " + name + " to take files into. Make it first.");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(Errc::accept_folder, "Files cannot be stored in " + name + ": " +
                                         std::strerror(errno) + ". Choose another folder.");
  }
  // What the sandbox forbids, access() does not know.
  const Descriptor tried(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR));
  if (!tried.valid() && errno == EACCES) {
    return fail(Errc::accept_folder,
                "The process that owns this profile is confined, and may not write to " + name +
                    ". End it with `sotto agent stop`, and start it again with --writable and "
                    "that folder.");
  }
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const auto& [written, path] : leftovers_in(folder)) {
    if (now - written >= stale_after) std::filesystem::remove(path, error);
  }
  return {};
}

}  // namespace sotto::node
