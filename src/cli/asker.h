// Where each passphrase comes from: the flag that was given, the person at the terminal, or a
// sentence that names the flag.
#pragma once
#include <optional>
#include <string>

#include "base/secret.h"
#include "cli/errors.h"
#include "cli/invocation.h"

namespace sotto::cli {

class Asker {
 public:
  // Nobody is asked with --no-input, or when standard input is no terminal.
  explicit Asker(const Globals& globals);

  bool interactive() const { return interactive_; }

  // Of a profile that has one.
  Result<Secret> profile_passphrase() const;

  // Of a profile about to be made; empty: lock it by a key file.  Without a flag the person is
  // asked only where `may_ask`.
  Result<Secret> new_profile_passphrase(bool may_ask) const;

  // Of a connection file that is read, or written (not empty).
  Result<Secret> invite_passphrase(const std::optional<std::string>& file) const;
  Result<Secret> new_invite_passphrase(const std::optional<std::string>& file) const;

  // A yes to `question`.  Errc::needs_flag with `unless_asked` when nobody can be asked,
  // declined with `when_declined` for a no.
  Result<void> confirm(const std::string& question, const std::string& unless_asked,
                       const std::string& when_declined) const;

 private:
  // From --passphrase-file or --passphrase-fd; nothing when neither was given.
  std::optional<Result<Secret>> given_profile_passphrase() const;

  const Globals& globals_;
  bool interactive_;
};

}  // namespace sotto::cli
