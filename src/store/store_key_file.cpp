#include "store/store_key_file.h"

#include "base/text.h"
#include "crypto/sealed_file.h"
#include "store/files.h"
#include "store/pack.h"

namespace sotto::store {
namespace {

constexpr std::size_t file_limit = 4096;
// A writer overwrites the file that it replaces: who has just opened that one looks again.
constexpr int attempts = 5;

}  // namespace

StoreKey StoreKey::generate(Entropy& entropy) {
  return {StoreKeyId::random(entropy), crypto::SymmetricKey(entropy)};
}

StoreKeyFile::StoreKeyFile(const std::filesystem::path& database,
                           crypto::SymmetricKey profile_key, Entropy& entropy)
    : path_(std::filesystem::path(database).replace_extension(".key")),
      profile_key_(std::move(profile_key)),
      entropy_(entropy) {}

std::string StoreKeyFile::shown() const {
  return displayable(path_.native());
}

Result<std::vector<StoreKey>> StoreKeyFile::read() const {
  std::vector<StoreKey> keys;
  for (int attempt = 1;; ++attempt) {
    auto file = read_small_file(path_, file_limit);
    if (!file) return pass(file);
    if (!*file) return keys;
    auto content = crypto::open_file(crypto::FileKind::store_key, (*file)->content.view(),
                                     crypto::UnlockKey{profile_key_});
    if (!content && attempt < attempts) continue;
    if (!content && content.error().is(crypto::Errc::file_version)) {
      return fail(Errc::newer, shown() +
                                   " was written by a newer sotto. Install that version or a "
                                   "later one.");
    }
    if (content) {
      Unpacker fields(content->view());
      for (auto left = fields.integer<std::uint8_t>(); left > 0; --left) {
        const auto id = fields.fixed<StoreKeyId>();
        keys.push_back({id, fields.fixed<crypto::SymmetricKey>()});
      }
      if (fields.complete() && !keys.empty()) return keys;
    }
    return fail(Errc::damaged, shown() +
                                   " is damaged or belongs to another profile. Restore it "
                                   "together with profile.sotto from one backup.");
  }
}

Result<void> StoreKeyFile::write(std::span<const StoreKey> keys) const {
  Packer fields;
  fields.integer(static_cast<std::uint8_t>(keys.size()));
  for (const StoreKey& key : keys) fields.fixed(key.id.view()).fixed(key.key.view());
  const auto sealed = crypto::seal_file(crypto::FileKind::store_key,
                                        crypto::WithKey{profile_key_}, fields.view(), entropy_);
  if (!sealed) return std::unexpected(sealed.error());
  return replace_small_file(path_, *sealed);
}

}  // namespace sotto::store
