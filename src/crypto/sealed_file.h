// The container of connection files, backups and the wrapped keys of profile and store
// (docs/protocol.md section 2).
//
//   header: magic "SOTTO" (5) | kind (1) | version = 1 (1) | kdf (1) | kdf parameters |
//           nonce (24) | commitment (32) | body length (8)
//   body:   pad(content), sealed under the file key with the whole header as associated data:
//           crypto/sealed_body.h
//   end:    BLAKE2b-256 of all before it
//
//   kdf 0 none         -                                    K is zero: anyone can open the file
//       1 argon2id     ops (4) | mem KiB (4) | salt (16)    K from a passphrase
//       2 recipients   count (1) | count x {ephemeral_pk (32) | wrapped K (48)}
//       3 key file     -                                    K handed in
//
// All integers big-endian.  From the input key K: file key = derive_key(K, "sotto file key 1",
// header up to and including nonce), commitment = derive_bytes(K, "sotto file commitment 1",
// the same).  A recipient's K is random and wrapped with XChaCha20-Poly1305, nonce zero, under
// derive_key(X25519(ephemeral, seal_pk), "sotto file wrap 1", ephemeral_pk | seal_pk): a key
// that is used once.
//
// The hash at the end is no authentication: it tells damage from a wrong passphrase, so every
// version of the format keeps the first seven bytes and the end as they are.
#pragma once
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "crypto/errors.h"
#include "crypto/keys.h"
#include "crypto/password.h"

namespace sotto::crypto {

enum class FileKind : std::uint8_t { connection = 1, profile = 2, backup = 3, store_key = 4 };

// How a file is locked.
struct ForAnyone {};  // whoever reads the file can open it
struct WithPassphrase {
  const Secret& passphrase;
  Argon2idParameters parameters = {};
};
struct ForRecipients {
  std::span<const SealPublicKey> recipients;  // 1..255
};
struct WithKey {
  const SymmetricKey& key;
};
using FileLock = std::variant<ForAnyone, WithPassphrase, ForRecipients, WithKey>;

inline constexpr std::size_t recipients_limit = 255;
inline constexpr std::size_t content_limit = std::size_t{1} << 30;  // 1 GiB

// Errc::file_too_large over content_limit; kdf_limits and kdf_failed as key_from_passphrase();
// bad_key for a recipient of small order.
Result<Bytes> seal_file(FileKind kind, const FileLock& lock, ByteView content,
                        Entropy& entropy);

// What can be read without the key.
enum class LockKind : std::uint8_t { anyone = 0, passphrase = 1, recipients = 2, key = 3 };
struct FileHeader {
  FileKind kind;
  LockKind lock;
  Argon2idParameters argon2id;  // for LockKind::passphrase
  std::size_t recipients = 0;   // for LockKind::recipients
};

// Checks everything that needs no key, the final hash included.  Errors: not_sealed_file,
// file_version, kdf_limits (memory outside 8 MiB..1 GiB or ops outside 1..10), file_damaged.
Result<FileHeader> inspect_file(ByteView file);

// What opens a file; the alternative must suit the header's lock.
struct UnlockAnyone {};
struct UnlockPassphrase {
  const Secret& passphrase;
};
struct UnlockSealKey {
  const SealKeyPair& key;
};
struct UnlockKey {
  const SymmetricKey& key;
};
using FileUnlock = std::variant<UnlockAnyone, UnlockPassphrase, UnlockSealKey, UnlockKey>;

// The content.  Errors: inspect_file()'s, then file_locked (wrong passphrase or key, or an
// alternative that does not suit), file_not_for_us, kdf_failed, file_damaged (forged body).
// The result is secret: the caller wipes it.
Result<Secret> open_file(FileKind kind, ByteView file, const FileUnlock& unlock);

}  // namespace sotto::crypto
