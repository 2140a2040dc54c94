#include "node/profile.h"

#include <pwd.h>
#include <thread>
#include <unistd.h>

#include "base/text.h"
#include "node/errors.h"
#include "node/system.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

constexpr milliseconds maker_limit{10'000};  // Argon2id takes seconds on a small machine
constexpr milliseconds maker_pause{20};

std::string login_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  std::string name = entry == nullptr || entry->pw_name == nullptr ? "" : entry->pw_name;
  return is_name(name) ? name : "someone";
}

std::unexpected<Error> no_profile(const std::filesystem::path& home) {
  return fail(store::Errc::no_profile, "There is no profile in " + displayable(home.string()) +
                                           " yet. `sotto init` makes one.");
}

// Of several processes that find no profile one makes it; the others get nothing, and find it.
Result<std::optional<crypto::SymmetricKey>> make(const ProfileOptions& options) {
  auto passphrase = options.new_passphrase();
  if (!passphrase) return pass(passphrase);
  const Secret* const lock = passphrase->empty() ? nullptr : &*passphrase;
  const SteadyTime limit = std::chrono::steady_clock::now() + maker_limit;
  while (true) {
    auto key = store::create_profile(options.home, lock, system_entropy());
    if (key) return std::optional(std::move(*key));
    if (key.error().is(store::Errc::exists)) {
      const auto found = store::find_profile(options.home);
      if (found && *found) return std::nullopt;
    }
    if (!key.error().is(store::Errc::locked) || std::chrono::steady_clock::now() >= limit) {
      return pass(key);
    }
    std::this_thread::sleep_for(maker_pause);
  }
}

Result<crypto::SymmetricKey> unlock(const ProfileOptions& options,
                                    store::ProfileLockKind lock) {
  if (lock == store::ProfileLockKind::key_file)
    return store::unlock_profile(options.home, nullptr);
  const auto passphrase = options.passphrase();
  if (!passphrase) return std::unexpected(passphrase.error());
  return store::unlock_profile(options.home, &*passphrase);
}

}  // namespace

Result<Profile> Profile::open(const ProfileOptions& options, bool make_missing) {
  if (!options.name.empty() && !is_name(options.name)) {
    return fail(
        Errc::bad_name,
        "A name has 1 to 64 bytes of text without control characters and without spaces "
        "at its ends. Choose another.");
  }
  auto found = store::find_profile(options.home);
  if (!found) return pass(found);
  if (!*found && !make_missing) return no_profile(options.home);
  Profile profile;
  profile.home_ = options.home;
  profile.tor_ = options.tor;
  profile.directories_ = options.directories;
  profile.relay_ = options.relay.copy();
  std::optional<crypto::SymmetricKey> key;
  if (!*found) {
    auto made = make(options);
    if (!made) return pass(made);
    key = std::move(*made);
    profile.made_ = key.has_value();
    found = store::find_profile(options.home);
    if (!found) return pass(found);
    if (!*found) return no_profile(options.home);
  }
  if (!key) {
    auto unlocked = unlock(options, **found);
    if (!unlocked) return pass(unlocked);
    key = std::move(*unlocked);
  }
  profile.has_passphrase_ = *found == store::ProfileLockKind::passphrase;
  auto database = store::Database::open(options.home / "sotto.db", *key, system_entropy());
  if (!database) return pass(database);
  profile.database_ = std::make_unique<store::Database>(std::move(*database));

  // In one transaction: of two processes that find a new profile, one makes the identity.
  const auto identified = profile.database_->transaction([&]() -> Result<void> {
    store::Identities identities(*profile.database_);
    auto identity = identities.load();
    if (!identity) return pass(identity);
    if (*identity) {
      profile.identity_ = std::move(**identity);
      return {};
    }
    profile.identity_ = {crypto::Identity::generate(system_entropy()),
                         options.name.empty() ? login_name() : options.name};
    return identities.save(profile.identity_);
  });
  if (!identified) return std::unexpected(identified.error());
  profile.card_ = crypto::make_card(profile.identity_.keys, profile.identity_.name);
  return profile;
}

}  // namespace sotto::node
