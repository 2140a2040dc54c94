#include "node/relock.h"

#include "base/text.h"
#include "node/system.h"
#include "store/profile.h"

namespace sotto::node {

Result<Relocked> relock(const RelockOptions& options) {
  const auto kind = store::find_profile(options.home);
  if (!kind) return std::unexpected(kind.error());
  if (!*kind) {
    return fail(store::Errc::no_profile, "There is no profile in " +
                                             displayable(options.home.string()) +
                                             " yet. `sotto init` makes one.");
  }
  Relocked out;
  out.had_passphrase = **kind == store::ProfileLockKind::passphrase;
  Result<Secret> old = Secret();
  if (out.had_passphrase) old = options.passphrase();
  if (!old) return pass(old);
  const auto key = store::unlock_profile(options.home, out.had_passphrase ? &*old : nullptr);
  if (!key) return std::unexpected(key.error());
  const auto anew = options.new_passphrase();
  if (!anew) return std::unexpected(anew.error());
  out.has_passphrase = !anew->empty();
  auto relocked = store::relock_profile(
      options.home, *key, out.has_passphrase ? &*anew : nullptr, system_entropy());
  if (!relocked) return pass(relocked);
  return out;
}

}  // namespace sotto::node
