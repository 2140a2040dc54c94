#include "node/backup.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/sealed_file.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/system.h"
#include "store/identities.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

// The container of the largest content: a header, and 17 bytes each 64 KiB, padded by an eighth
// at most.
constexpr std::size_t file_limit = crypto::content_limit + crypto::content_limit / 8;

std::unexpected<Error> taken(const fs::path& home, const std::string& why) {
  return fail(store::Errc::exists, displayable(home.string()) + why +
                                       " A backup is restored where there is nothing yet: "
                                       "choose another --home, or move that one away.");
}

Result<void> check_free(const fs::path& home) {
  std::error_code error;
  const auto status = fs::symlink_status(home, error);
  if (!fs::exists(status)) return {};
  const auto profile = store::find_profile(home);
  if (!profile || *profile) return taken(home, " holds a profile.");
  if (!fs::is_directory(status)) return taken(home, " is no folder.");
  if (!fs::is_empty(home, error) || error) return taken(home, " is not empty.");
  return {};
}

// A folder beside the home that is renamed to it in the end, or vanishes.  What a killed
// restore left there before goes.
class Staging {
 public:
  explicit Staging(const fs::path& home) : path_(home) { path_ += ".restoring"; }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

  Result<void> clear() const {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!error) return {};
    return fail(Errc::file_io, "Cannot remove what an earlier restore left in " +
                                   displayable(path_.string()) + ": " + error.message() + ".");
  }

  Result<void> become(const fs::path& home) {
    sync(path_);
    if (::rename(path_.c_str(), home.c_str()) != 0) {
      if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
        return taken(home, " was made by somebody else meanwhile.");
      }
      return fail(Errc::file_io, "Cannot make " + displayable(home.string()) + ": " +
                                     std::strerror(errno) + ". Nothing was made.");
    }
    path_.clear();
    sync(home.parent_path());
    return {};
  }

 private:
  static void sync(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

  fs::path path_;
};

Result<Secret> open_backup(const RestoreOptions& options, ByteView sealed) {
  const auto header = crypto::inspect_file(sealed);
  if (!header) return std::unexpected(header.error());
  if (header->kind != crypto::FileKind::backup) {
    return fail(crypto::Errc::not_sealed_file, displayable(options.file) +
                                                   " is a file of sotto, but no backup. "
                                                   "Check that you picked the right file.");
  }
  if (header->lock == crypto::LockKind::passphrase) {
    const auto passphrase = options.backup_passphrase();
    if (!passphrase) return std::unexpected(passphrase.error());
    return crypto::open_file(crypto::FileKind::backup, sealed,
                             crypto::UnlockPassphrase{*passphrase});
  }
  if (!options.recipient) {
    return fail(crypto::Errc::file_not_for_us,
                "This backup is sealed for the card of another profile. Name the home of that "
                "one with --unlock-home.");
  }
  const auto recipient = options.recipient();
  if (!recipient) return std::unexpected(recipient.error());
  return crypto::open_file(crypto::FileKind::backup, sealed,
                           crypto::UnlockSealKey{recipient->keys().seal});
}

// Fills `home`, which is nobody's yet.
Result<Restored> make_home(const fs::path& home, const Secret& archive,
                           const Secret& passphrase) {
  Restored out;
  out.has_passphrase = !passphrase.empty();
  auto key =
      store::create_profile(home, passphrase.empty() ? nullptr : &passphrase, system_entropy());
  if (!key) return pass(key);
  auto database = store::Database::open(home / "sotto.db", *key, system_entropy());
  if (!database) return pass(database);
  const auto filled = store::fill_from_archive(*database, archive.view());
  if (!filled) return std::unexpected(filled.error());
  out.created = filled->created;
  out.contents = filled->contents;
  const auto own = store::Identities(*database).load();
  if (!own) return std::unexpected(own.error());
  if (!*own) {
    return fail(store::Errc::damaged, "There is no identity in this backup. Use another one.");
  }
  const crypto::Card card = crypto::make_card((*own)->keys, (*own)->name);
  out.card = {(*own)->name, crypto::to_string(crypto::fingerprint(card)), card_text(card)};
  return out;
}

}  // namespace

Result<BackedUp> back_up(Profile& profile, const BackupOptions& options) {
  if (auto writable = check_writable(options.file, options.force); !writable) {
    return pass(writable);
  }
  const auto archive = store::make_archive(profile.database(), wall_now());
  if (!archive) return std::unexpected(archive.error());
  const auto sealed =
      seal_as(crypto::FileKind::backup, archive->bytes.view(), options.protection);
  if (!sealed) return std::unexpected(sealed.error());
  if (auto written = write_file(options.file, *sealed); !written) return pass(written);
  return BackedUp{archive->created, archive->contents, sealed->size()};
}

Result<Restored> restore(const RestoreOptions& options) {
  // "home/" is the folder as well.
  const fs::path home = options.home.has_filename() ? options.home : options.home.parent_path();
  if (auto free = check_free(home); !free) return pass(free);
  const auto sealed = read_file(options.file, file_limit, "a backup");
  if (!sealed) return std::unexpected(sealed.error());
  const auto archive = open_backup(options, *sealed);
  if (!archive) return std::unexpected(archive.error());
  const auto passphrase = options.new_passphrase();
  if (!passphrase) return std::unexpected(passphrase.error());
  Staging staging(home);
  if (auto cleared = staging.clear(); !cleared) return pass(cleared);
  auto restored = make_home(staging.path(), *archive, *passphrase);
  if (!restored) return restored;
  if (auto there = staging.become(home); !there) return pass(there);
  return restored;
}

}  // namespace sotto::node
