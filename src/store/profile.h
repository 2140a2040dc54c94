// The home of a profile on disk, and the key that opens it (docs/protocol.md section 2).
//
//   HOME/               0700
//     profile.sotto     the 32-byte profile key in a sealed file (kind profile), 0600
//     profile.key       only without a passphrase: 32 bytes that lock profile.sotto, 0600
//     sotto.db          the sealed store (database.h)
//     lock              flock()ed by the process that owns the profile's sessions
//
// Files appear whole or not at all: written beside, synced, renamed.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/entropy.h"
#include "base/secret.h"
#include "crypto/keys.h"
#include "crypto/sealed_file.h"
#include "store/errors.h"

namespace sotto::store {

enum class ProfileLockKind { key_file, passphrase };

// What `home` holds: nothing when there is no profile.  Errc::damaged for a profile.sotto that
// is none, newer, io, read_only.
Result<std::optional<ProfileLockKind>> find_profile(const std::filesystem::path& home);

// Makes `home` (0700) if needed and the files of a new profile; returns the profile key.  With
// `passphrase` null a key file is made.  Errc::exists, full, read_only, io.
Result<crypto::SymmetricKey> create_profile(const std::filesystem::path& home,
                                            const Secret* passphrase, Entropy& entropy,
                                            crypto::Argon2idParameters argon2id = {});

// Errc::no_profile, passphrase, key_file (group or others may read it, too), damaged, newer,
// io. `passphrase` is only looked at when find_profile() says so, and must then be there.
Result<crypto::SymmetricKey> unlock_profile(const std::filesystem::path& home,
                                            const Secret* passphrase);

// Locks the profile anew: by `passphrase`, or by a new key file when that is null (then not one
// that has a key file already: it stays as it is).  The profile key stays the same, so nobody
// who uses the profile needs to stop.  A kill at any moment leaves the old lock or the new one,
// whole. What was overwritten opens no more, but for copies of profile.sotto that were made
// before. Errc::no_profile, locked (another process does the same), full, read_only, io.
Result<void> relock_profile(const std::filesystem::path& home,
                            const crypto::SymmetricKey& profile_key, const Secret* passphrase,
                            Entropy& entropy, crypto::Argon2idParameters argon2id = {});

// Held by the one process that owns the profile's sessions; released when destroyed or when the
// process dies.
class OwnerLock {
 public:
  // Errc::locked while another process holds it (the text names its process id), read_only, io.
  // `what` and `place` are how the text calls them.
  static Result<OwnerLock> take(const std::filesystem::path& home,
                                std::string_view what = "profile",
                                std::string_view place = "home");
  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&& other) noexcept;
  ~OwnerLock();

 private:
  explicit OwnerLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace sotto::store
