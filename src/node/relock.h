// `sotto passwd`: another lock for the profile.
#pragma once
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/secret.h"

namespace sotto::node {

struct RelockOptions {
  std::filesystem::path home;
  std::function<Result<Secret>()> passphrase;      // asked for when there is one now
  std::function<Result<Secret>()> new_passphrase;  // empty: a key file
};
struct Relocked {
  bool had_passphrase = false;
  bool has_passphrase = false;
};
// The old lock is opened before the new one is asked for.  A process that owns the profile goes
// on: the key behind the lock stays.  store's errors.
Result<Relocked> relock(const RelockOptions& options);

}  // namespace sotto::node
