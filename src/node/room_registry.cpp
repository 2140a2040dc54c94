#include "node/room_registry.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "node/descriptor.h"
#include "node/errors.h"
#include "node/target_text.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t listing_limit = 4096;  // bytes
// Whoever holds the folder does so for a moment.
constexpr int lock_attempts = 200;
constexpr milliseconds lock_pause{5};

std::unexpected<Error> trouble(const std::string& what, const fs::path& where) {
  return fail(Errc::registry, "The list of open rooms of this machine cannot be used: " + what +
                                  " (" + displayable(where.string()) + ").");
}
std::unexpected<Error> trouble_errno(const fs::path& where) {
  return trouble(std::strerror(errno), where);
}

// A folder of this user that nobody else may write to.
bool is_ours(const struct stat& entry) {
  return S_ISDIR(entry.st_mode) && entry.st_uid == ::geteuid() &&
         (entry.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_our_folder(const fs::path& path) {
  struct stat entry{};
  return ::lstat(path.c_str(), &entry) == 0 && is_ours(entry);
}

fs::path user_folder() {
  const char* const given = std::getenv("XDG_RUNTIME_DIR");
  if (given != nullptr && fs::path(given).is_absolute()) return fs::path(given) / "sotto";
  const std::string user = std::to_string(::geteuid());
  const fs::path run = fs::path("/run/user") / user;
  if (is_our_folder(run)) return run / "sotto";
  std::error_code ignored;
  fs::path temporary = fs::temp_directory_path(ignored);
  if (temporary.empty()) temporary = "/tmp";
  return temporary / ("sotto-" + user);
}

// Somebody else may have made a folder of that name where everybody may: then it is not used.
Result<void> make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return trouble_errno(path);
  if (!is_our_folder(path)) return trouble("the folder is not this user's alone", path);
  return {};
}

Result<void> make_both(const fs::path& folder) {
  if (auto made = make_folder(folder.parent_path()); !made) return made;
  return make_folder(folder);
}

// The folder, held by this process alone until the descriptor is closed.
Result<int> hold(const fs::path& folder) {
  if (auto made = make_both(folder); !made) return pass(made);
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.valid()) return trouble_errno(folder);
  for (int attempt = 0; attempt < lock_attempts; ++attempt) {
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) == 0) return opened.release();
    if (errno != EWOULDBLOCK && errno != EINTR) return trouble_errno(folder);
    std::this_thread::sleep_for(lock_pause);
  }
  return trouble("another process does not let go of it", folder);
}

// True when nobody holds the file: its host has ended.
bool is_left_over(int file) {
  if (::flock(file, LOCK_SH | LOCK_NB) != 0) return false;
  ::flock(file, LOCK_UN);
  return true;
}

// Removes what dead hosts left.  The folder is held.
void sweep(int folder) {
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) {
    if (copy >= 0) ::close(copy);
    return;
  }
  while (const dirent* entry = ::readdir(entries)) {
    if (!parse_room_id(entry->d_name)) continue;
    const Descriptor file(
        ::openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.valid() && is_left_over(file.get())) ::unlinkat(folder, entry->d_name, 0);
  }
  ::closedir(entries);
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::optional<std::string> read_all(int file) {
  std::string text(listing_limit + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t n = ::read(file, text.data() + length, text.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  if (length > listing_limit) return std::nullopt;
  text.resize(length);
  return text;
}

}  // namespace

RoomListing::RoomListing(fs::path folder, std::string name, int descriptor)
    : folder_(std::move(folder)), name_(std::move(name)), descriptor_(descriptor) {}

RoomListing::RoomListing(RoomListing&& other) noexcept
    : folder_(std::move(other.folder_)),
      name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

RoomListing& RoomListing::operator=(RoomListing&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(name_, other.name_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

RoomListing::~RoomListing() {
  if (descriptor_ < 0) return;
  if (const auto held = hold(folder_)) {
    const Descriptor folder(*held);
    // Another host of the same room may have listed it since.
    struct stat ours{};
    struct stat there{};
    if (::fstat(descriptor_, &ours) == 0 &&
        ::fstatat(folder.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        ours.st_ino == there.st_ino) {
      ::unlinkat(folder.get(), name_.c_str(), 0);
    }
  }
  ::close(descriptor_);
}

RoomRegistry::RoomRegistry() : folder_(user_folder() / "rooms") {}

Result<void> RoomRegistry::make() const {
  return make_both(folder_);
}

Result<RoomListing> RoomRegistry::list(const ListedRoom& room) const {
  const auto held = hold(folder_);
  if (!held) return std::unexpected(held.error());
  const Descriptor folder(*held);
  sweep(folder.get());
  const std::string name = to_hex(room.id.view());
  // Of two hosts of one room, as after a copied profile, the last is found.
  ::unlinkat(folder.get(), name.c_str(), 0);
  Descriptor file(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                           S_IRUSR | S_IWUSR));
  if (!file.valid()) return trouble_errno(folder_ / name);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 ||
      !write_all(file.get(), encode_listing(room))) {
    const auto why = trouble_errno(folder_ / name);
    ::unlinkat(folder.get(), name.c_str(), 0);
    return why;
  }
  return RoomListing(folder_, name, file.release());
}

Result<std::optional<ListedRoom>> RoomRegistry::find(const RoomId& id) const {
  struct stat entry{};
  if (::lstat(folder_.parent_path().c_str(), &entry) != 0 && errno == ENOENT) {
    return std::nullopt;
  }
  const auto held = hold(folder_);
  if (!held) return std::unexpected(held.error());
  const Descriptor folder(*held);
  const std::string name = to_hex(id.view());
  const Descriptor file(
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return trouble_errno(folder_ / name);
  }
  if (is_left_over(file.get())) {
    ::unlinkat(folder.get(), name.c_str(), 0);
    return std::nullopt;
  }
  const auto text = read_all(file.get());
  return text ? decode_listing(id, *text) : std::nullopt;
}

std::string encode_listing(const ListedRoom& room) {
  Json::Array addresses;
  for (const auto& address : room.addresses) addresses.push_back(net::to_string(address));
  return Json().set("addresses", std::move(addresses)).dump();
}

std::optional<ListedRoom> decode_listing(const RoomId& id, std::string_view text) {
  const auto json = Json::parse(text);
  const Json* addresses = json ? json->find("addresses") : nullptr;
  if (addresses == nullptr || addresses->array() == nullptr) return std::nullopt;
  const Json::Array& listed = *addresses->array();
  if (listed.empty() || listed.size() > wire::direct_addresses_limit) return std::nullopt;
  ListedRoom room{id, {}};
  for (const Json& item : listed) {
    const auto address =
        item.string() == nullptr ? std::nullopt : parse_address(*item.string());
    if (!address || !*address) return std::nullopt;
    room.addresses.push_back(**address);
  }
  return room;
}

}  // namespace sotto::node
