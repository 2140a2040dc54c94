// Commands about what is kept: forget, backup, restore, passwd.
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/passphrase_file.h"
#include "cli/prompt.h"
#include "cli/render_keeping.h"
#include "cli/streams.h"
#include "node/files.h"

namespace sotto::cli {
namespace {

Result<Secret> old_backup_passphrase(const std::optional<std::string>& file,
                                     const Asker& asker) {
  if (file) return read_passphrase_file(*file);
  if (asker.interactive()) return ask_passphrase("Passphrase of the backup: ");
  return fail(Errc::needs_flag,
              "This backup has a passphrase: give --backup-passphrase-file FILE.");
}

Result<Secret> new_backup_passphrase(const std::optional<std::string>& file,
                                     const Asker& asker) {
  if (file) return read_passphrase_file(*file);
  if (!asker.interactive()) {
    return fail(Errc::needs_flag,
                "A backup must be locked: give --backup-passphrase-file FILE or --for CARD.");
  }
  auto passphrase = ask_new_passphrase("Passphrase for the backup: ");
  if (passphrase && passphrase->empty()) {
    return fail(Errc::passphrase_empty,
                "A backup needs a passphrase: whoever opens it is this profile.");
  }
  return passphrase;
}

// Empty: lock it by a key file.
Result<Secret> new_lock(const PasswdCommand& command, const Asker& asker) {
  if (command.no_passphrase) return Secret();
  if (command.new_passphrase_file) return read_passphrase_file(*command.new_passphrase_file);
  if (!asker.interactive()) {
    return fail(
        Errc::needs_flag,
        "Nobody can be asked for the new passphrase: give --new-passphrase-file FILE, or "
        "--no-passphrase.");
  }
  auto passphrase = ask_new_passphrase("New passphrase: ");
  if (passphrase && passphrase->empty()) {
    return fail(Errc::passphrase_empty,
                "The new passphrase is empty: give one, or --no-passphrase for a key file.");
  }
  return passphrase;
}

}  // namespace

Result<void> run(const ForgetCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  const auto plan = node::plan_forgetting(*access, command.who);
  if (!plan) return std::unexpected(plan.error());
  if (!command.yes) {
    if (!around.asker.interactive()) {
      return fail(Errc::needs_flag,
                  "Forgetting cannot be undone and nobody can be asked: give --yes.");
    }
    write_all(STDERR_FILENO, plan_text(*plan));
    if (!confirmed(STDIN_FILENO, "Forget " + displayable(command.who) + " for good?")) {
      return declined();
    }
  }
  const auto forgotten = node::forget(*access, command.who);
  if (!forgotten) return std::unexpected(forgotten.error());
  return print(around.globals.json ? forgotten_json(*forgotten) : forgotten_text(*forgotten));
}

Result<void> run(const BackupCommand& command, const Surroundings& around) {
  if (!around.home) return std::unexpected(around.home.error());
  const bool to_output = command.file == "-";
  if (to_output && ::isatty(STDOUT_FILENO) == 1) {
    return fail(Errc::usage, "A backup is no text for a terminal: give -o with a file.");
  }
  if (auto writable = node::check_writable(command.file, command.force); !writable) {
    return writable;
  }
  node::ProfileOptions profile_options;
  profile_options.home = *around.home;
  profile_options.passphrase = [&around] { return around.asker.profile_passphrase(); };
  auto profile = node::Profile::open(profile_options, false);
  if (!profile) return pass(profile);
  node::BackupOptions options;
  options.file = command.file;
  options.force = command.force;
  options.protection.for_cards = command.for_cards;
  if (command.for_cards.empty()) {
    auto passphrase = new_backup_passphrase(command.passphrase_file, around.asker);
    if (!passphrase) return pass(passphrase);
    options.protection.passphrase = std::move(*passphrase);
  }
  const auto made = node::back_up(*profile, options);
  if (!made) return std::unexpected(made.error());
  if (around.globals.json) return print(backed_up_json(*made, command.file));
  const std::string text = backed_up_text(*made, to_output ? "The backup" : command.file);
  if (!to_output) return print(text);
  if (around.globals.verbosity >= 0) write_all(STDERR_FILENO, text);
  return {};
}

Result<void> run(const RestoreCommand& command, const Surroundings& around) {
  if (!around.home) return std::unexpected(around.home.error());
  node::RestoreOptions options;
  options.file = command.file;
  options.home = *around.home;
  options.backup_passphrase = [&] {
    return old_backup_passphrase(command.backup_passphrase_file, around.asker);
  };
  options.new_passphrase = [&around] { return around.asker.new_profile_passphrase(true); };
  if (command.unlock_home) {
    options.recipient = [&]() -> Result<node::Profile> {
      node::ProfileOptions other;
      other.home = *command.unlock_home;
      other.passphrase = [&]() -> Result<Secret> {
        if (command.unlock_passphrase_file) {
          return read_passphrase_file(*command.unlock_passphrase_file);
        }
        if (around.asker.interactive()) {
          return ask_passphrase("Passphrase of the profile that opens the backup: ");
        }
        return fail(Errc::needs_flag,
                    "The profile that opens the backup has a passphrase: give "
                    "--unlock-passphrase-file FILE.");
      };
      return node::Profile::open(other, false);
    };
  }
  const auto restored = node::restore(options);
  if (!restored) return std::unexpected(restored.error());
  return print(around.globals.json ? restored_json(*restored, around.home->string())
                                   : restored_text(*restored, around.home->string()));
}

Result<void> run(const PasswdCommand& command, const Surroundings& around) {
  if (!around.home) return std::unexpected(around.home.error());
  const node::RelockOptions options{*around.home,
                                    [&around] { return around.asker.profile_passphrase(); },
                                    [&] { return new_lock(command, around.asker); }};
  const auto relocked = node::relock(options);
  if (!relocked) return std::unexpected(relocked.error());
  return print(around.globals.json ? relocked_json(*relocked) : relocked_text(*relocked));
}

}  // namespace sotto::cli
