#include "store/profile.h"

#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"

namespace sotto::store {
namespace {

constexpr std::size_t profile_file_limit = 4096;  // the container of 32 bytes is far shorter
constexpr std::size_t key_bytes = crypto::SymmetricKey::size;

std::filesystem::path profile_file(const std::filesystem::path& home) {
  return home / "profile.sotto";
}
std::filesystem::path key_file(const std::filesystem::path& home) {
  return home / "profile.key";
}

std::string shown(const std::filesystem::path& path) {
  return displayable(path.native());
}

std::unexpected<Error> damaged(const std::filesystem::path& home) {
  return fail(Errc::damaged,
              shown(profile_file(home)) +
                  " is damaged or no profile of sotto. Restore it from a backup.");
}

// What crypto/ says of a sealed file, as what it means for profile.sotto.
std::unexpected<Error> as_store_error(const Error& error, const std::filesystem::path& home) {
  using C = crypto::Errc;
  const std::string file = shown(profile_file(home));
  if (error.is(C::file_version)) {
    return fail(Errc::newer, file +
                                 " was written by a newer sotto. Install that version or a "
                                 "later one.");
  }
  if (error.is(C::kdf_failed)) {
    return fail(Errc::io, "There is not enough free memory to work the passphrase of " + file +
                              ". End other programs and try again.");
  }
  return damaged(home);
}

Result<std::optional<Secret>> read_profile(const std::filesystem::path& home) {
  auto file = read_small_file(profile_file(home), profile_file_limit);
  if (!file) return pass(file);
  if (!*file) return std::nullopt;
  return std::move((*file)->content);
}

Result<ProfileLockKind> lock_of(ByteView file, const std::filesystem::path& home) {
  const auto header = crypto::inspect_file(file);
  if (!header) return as_store_error(header.error(), home);
  if (header->kind != crypto::FileKind::profile) return damaged(home);
  switch (header->lock) {
    case crypto::LockKind::key:
      return ProfileLockKind::key_file;
    case crypto::LockKind::passphrase:
      return ProfileLockKind::passphrase;
    default:
      return damaged(home);
  }
}

// Nothing when there is no key file.
Result<std::optional<crypto::SymmetricKey>> read_key_file(const std::filesystem::path& home) {
  const std::filesystem::path path = key_file(home);
  auto file = read_small_file(path, key_bytes);
  if (!file) {
    return fail(Errc::key_file,
                "The key of the profile cannot be read. " + file.error().text());
  }
  if (!*file) return std::nullopt;
  if (!(*file)->private_to_owner) {
    return fail(Errc::key_file, "Others may read " + shown(path) +
                                    ", which opens the profile. Run `chmod 600` on it.");
  }
  auto key = crypto::SymmetricKey::from((*file)->content.view());
  if (!key) {
    return fail(Errc::key_file, shown(path) +
                                    " is too short to be the key of a profile. Restore it from "
                                    "a backup.");
  }
  return *std::move(key);
}

Result<void> make_home(const std::filesystem::path& home) {
  if (!home.has_filename() && home.has_relative_path()) return make_home(home.parent_path());
  const std::filesystem::path parent = home.parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return fail_errno(error.value(), "make", parent);
  if (::mkdir(home.c_str(), 0700) == 0) return {};
  const int why = errno;
  if (why == EEXIST && std::filesystem::is_directory(home, error)) return {};
  return fail_errno(why, "make", home);
}

// Makers of profiles take turns, so that the key of one never meets the profile of another.
Result<Descriptor> lock_home(const std::filesystem::path& home) {
  Descriptor folder(::open(home.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno(errno, "open", home);
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(Errc::locked, "Another process is making a profile in " + shown(home) +
                                    ". Wait until it is done.");
    }
    return fail_errno(errno, "lock", home);
  }
  return folder;
}

Result<void> refuse_remains(const std::filesystem::path& home) {
  std::error_code error;
  const auto there = [&](const std::filesystem::path& path) {
    return std::filesystem::symlink_status(path, error).type() !=
           std::filesystem::file_type::not_found;
  };
  if (there(profile_file(home))) {
    return fail(Errc::exists, "There is a profile in " + shown(home) +
                                  " already. Use it, or choose another home.");
  }
  if (there(home / "sotto.db")) {
    return fail(Errc::exists, shown(home) +
                                  " holds the store of a profile but not its profile.sotto. "
                                  "Restore that from a backup, or choose another home.");
  }
  return {};
}

Result<void> write_sealed(const std::filesystem::path& home, const crypto::FileLock& lock,
                          const crypto::SymmetricKey& profile_key, Entropy& entropy) {
  auto sealed = crypto::seal_file(crypto::FileKind::profile, lock, profile_key.view(), entropy);
  if (!sealed) return as_store_error(sealed.error(), home);
  // What locked it before must not open it from a freed block.
  return replace_small_file(profile_file(home), *sealed);
}

// Zeros first, as far as the file system writes in place.
void shred_key_file(const std::filesystem::path& home) {
  const Bytes zeros(key_bytes);
  if (replace_small_file(key_file(home), zeros)) ::unlink(key_file(home).c_str());
}

Result<void> write_with_key_file(const std::filesystem::path& home,
                                 const crypto::SymmetricKey& profile_key, Entropy& entropy) {
  // A key without a profile is what a crash between the two files leaves, or what someone means
  // to put a lost profile.sotto back to: taken over, never overwritten.
  auto present = read_key_file(home);
  if (!present) return pass(present);
  if (*present) return write_sealed(home, crypto::WithKey{**present}, profile_key, entropy);
  const crypto::SymmetricKey key(entropy);
  if (auto written = write_small_file(key_file(home), key.view()); !written) return written;
  auto sealed = write_sealed(home, crypto::WithKey{key}, profile_key, entropy);
  if (!sealed) ::unlink(key_file(home).c_str());
  return sealed;
}

}  // namespace

Result<std::optional<ProfileLockKind>> find_profile(const std::filesystem::path& home) {
  auto file = read_profile(home);
  if (!file) return pass(file);
  if (!*file) return std::nullopt;
  auto kind = lock_of((*file)->view(), home);
  if (!kind) return pass(kind);
  return *kind;
}

Result<crypto::SymmetricKey> create_profile(const std::filesystem::path& home,
                                            const Secret* passphrase, Entropy& entropy,
                                            crypto::Argon2idParameters argon2id) {
  if (auto made = make_home(home); !made) return pass(made);
  auto turn = lock_home(home);
  if (!turn) return pass(turn);
  if (auto free = refuse_remains(home); !free) return pass(free);
  crypto::SymmetricKey profile_key(entropy);
  auto written = passphrase == nullptr
                     ? write_with_key_file(home, profile_key, entropy)
                     : write_sealed(home, crypto::WithPassphrase{*passphrase, argon2id},
                                    profile_key, entropy);
  if (!written) return pass(written);
  return profile_key;
}

Result<crypto::SymmetricKey> unlock_profile(const std::filesystem::path& home,
                                            const Secret* passphrase) {
  auto file = read_profile(home);
  if (!file) return pass(file);
  if (!*file) {
    return fail(Errc::no_profile,
                "There is no profile in " + shown(home) + " yet. Make one with `sotto init`.");
  }
  const ByteView bytes = (*file)->view();
  auto kind = lock_of(bytes, home);
  if (!kind) return pass(kind);

  Result<Secret> content;
  if (*kind == ProfileLockKind::passphrase) {
    assert(passphrase != nullptr);
    content = crypto::open_file(crypto::FileKind::profile, bytes,
                                crypto::UnlockPassphrase{*passphrase});
  } else {
    auto key = read_key_file(home);
    if (!key) return pass(key);
    if (!*key) {
      return fail(Errc::key_file,
                  shown(key_file(home)) +
                      ", which opens the profile, is missing. Restore it from a "
                      "backup.");
    }
    content = crypto::open_file(crypto::FileKind::profile, bytes, crypto::UnlockKey{**key});
  }
  if (!content && content.error().is(crypto::Errc::file_locked)) {
    if (*kind == ProfileLockKind::passphrase) {
      return fail(Errc::passphrase, "This is not the passphrase of the profile in " +
                                        shown(home) + ". Try again.");
    }
    return fail(Errc::key_file,
                shown(key_file(home)) +
                    " belongs to another profile than profile.sotto. Restore both "
                    "from one backup.");
  }
  if (!content) return as_store_error(content.error(), home);
  auto key = crypto::SymmetricKey::from(content->view());
  if (!key) return damaged(home);
  return *std::move(key);
}

Result<void> relock_profile(const std::filesystem::path& home,
                            const crypto::SymmetricKey& profile_key, const Secret* passphrase,
                            Entropy& entropy, crypto::Argon2idParameters argon2id) {
  auto turn = lock_home(home);
  if (!turn) return pass(turn);
  auto kind = find_profile(home);
  if (!kind) return pass(kind);
  if (!*kind) {
    return fail(Errc::no_profile, "There is no profile in " + shown(home) + " any more.");
  }
  if (passphrase != nullptr) {
    auto sealed =
        write_sealed(home, crypto::WithPassphrase{*passphrase, argon2id}, profile_key, entropy);
    // A key file that a crash leaves here opens nothing.
    if (sealed) shred_key_file(home);
    return sealed;
  }
  if (**kind == ProfileLockKind::key_file) return {};
  // The key first: one that lies there belongs to a lock that is no more.
  const crypto::SymmetricKey key(entropy);
  if (auto written = replace_small_file(key_file(home), key.view()); !written) return written;
  return write_sealed(home, crypto::WithKey{key}, profile_key, entropy);
}

}  // namespace sotto::store
