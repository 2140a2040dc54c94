#include "cli/asker.h"

#include <unistd.h>

#include "cli/passphrase_file.h"
#include "cli/prompt.h"

namespace sotto::cli {
namespace {

std::unexpected<Error> needs_flag(std::string text) {
  return fail(Errc::needs_flag, std::move(text));
}

}  // namespace

Asker::Asker(const Globals& globals)
    : globals_(globals), interactive_(!globals.no_input && ::isatty(STDIN_FILENO) == 1) {}

std::optional<Result<Secret>> Asker::given_profile_passphrase() const {
  if (globals_.passphrase_file) return read_passphrase_file(*globals_.passphrase_file);
  if (globals_.passphrase_fd) {
    return read_passphrase(*globals_.passphrase_fd,
                           "descriptor " + std::to_string(*globals_.passphrase_fd));
  }
  return std::nullopt;
}

Result<Secret> Asker::profile_passphrase() const {
  if (auto given = given_profile_passphrase()) return std::move(*given);
  if (interactive_) return ask_passphrase("Passphrase of the profile: ");
  return needs_flag(
      "This profile has a passphrase: give --passphrase-file FILE or --passphrase-fd N.");
}

Result<Secret> Asker::new_profile_passphrase(bool may_ask) const {
  if (auto given = given_profile_passphrase()) return std::move(*given);
  if (!interactive_ || !may_ask) return Secret();
  return ask_new_passphrase("Passphrase for the new profile (empty: lock it by a key file): ");
}

Result<Secret> Asker::invite_passphrase(const std::optional<std::string>& file) const {
  if (file) return read_passphrase_file(*file);
  if (interactive_) return ask_passphrase("Passphrase of the connection file: ");
  return needs_flag(
      "This connection file has a passphrase: give --invite-passphrase-file FILE.");
}

Result<Secret> Asker::new_invite_passphrase(const std::optional<std::string>& file) const {
  if (file) return read_passphrase_file(*file);
  if (!interactive_) {
    return needs_flag(
        "A connection file must be locked: give --invite-passphrase-file FILE or --for CARD, "
        "or "
        "--unsealed if whoever reads it may use it.");
  }
  auto passphrase = ask_new_passphrase("Passphrase for the connection file: ");
  if (passphrase && passphrase->empty()) {
    return fail(
        Errc::passphrase_empty,
        "A connection file needs a passphrase: give one, or --unsealed if whoever reads "
        "the file may use it.");
  }
  return passphrase;
}

Result<void> Asker::confirm(const std::string& question, const std::string& unless_asked,
                            const std::string& when_declined) const {
  if (!interactive_) return needs_flag(unless_asked);
  const auto yes = ask_yes(question);
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return fail(Errc::declined, when_declined);
  return {};
}

}  // namespace sotto::cli
