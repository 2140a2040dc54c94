#include "crypto/password.h"

#include "crypto/sodium.h"

namespace sotto::crypto {

Result<void> check_limits(const Argon2idParameters& parameters) {
  if (parameters.ops < 1 || parameters.ops > argon2id_ops_limit ||
      parameters.memory_kib < argon2id_memory_kib_least ||
      parameters.memory_kib > argon2id_memory_kib_limit) {
    return fail(
        Errc::kdf_limits,
        "Unlocking this file would take more time or memory than sotto allows (10 "
        "passes, 8 MiB to 1 GiB). Sotto never writes such a file: do not trust where it "
        "came from.");
  }
  return {};
}

Result<SymmetricKey> key_from_passphrase(const Secret& passphrase, const Salt& salt,
                                         const Argon2idParameters& parameters) {
  if (auto checked = check_limits(parameters); !checked) return pass(checked);
  SymmetricKey key;
  const std::string_view text = passphrase.empty() ? "" : as_text(passphrase.view());
  if (crypto_pwhash_argon2id(raw(key.mutable_view()), SymmetricKey::size, text.data(),
                             text.size(), raw(ByteView(salt)), parameters.ops,
                             std::size_t{parameters.memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return fail(Errc::kdf_failed,
                "There is not enough free memory to turn the passphrase into a key (" +
                    std::to_string(parameters.memory_kib / 1024) +
                    " MiB are needed). Close other programs and try again.");
  }
  return key;
}

}  // namespace sotto::crypto
