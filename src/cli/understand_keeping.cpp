// forget, backup, restore, passwd: what is kept, and for how long.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

Result<Command> forget(const Words& words) {
  auto who = words.need("forget", "WHO");
  if (!who) return pass(who);
  return Command(ForgetCommand{std::move(*who), words.has("--yes")});
}

Result<Command> backup(const Words& words) {
  BackupCommand out;
  auto file = words.text("--output");
  if (!file || file->empty()) {
    return usage("sotto backup needs -o FILE: where to write the backup.");
  }
  out.file = std::move(*file);
  if (out.file == "-" && words.has("--json")) {
    return usage("With --json the backup cannot go to standard output: name a file.");
  }
  out.force = words.has("--force");
  out.passphrase_file = words.text("--backup-passphrase-file");
  out.for_cards = words.all("--for");
  if (out.passphrase_file && !out.for_cards.empty()) {
    return usage("A backup is locked in one way: give --backup-passphrase-file or --for.");
  }
  return Command(std::move(out));
}

Result<Command> restore(const Words& words) {
  auto file = words.need("restore", "FILE");
  if (!file) return pass(file);
  RestoreCommand out{std::move(*file), words.text("--backup-passphrase-file"),
                     words.text("--unlock-home"), words.text("--unlock-passphrase-file")};
  if (out.backup_passphrase_file && out.unlock_home) {
    return usage(
        "A backup has one lock: give --backup-passphrase-file for a passphrase, or "
        "--unlock-home for a card.");
  }
  if (out.unlock_passphrase_file && !out.unlock_home) {
    return usage("--unlock-passphrase-file is for the profile that --unlock-home names.");
  }
  return Command(std::move(out));
}

Result<Command> passwd(const Words& words) {
  PasswdCommand out{words.text("--new-passphrase-file"), words.has("--no-passphrase")};
  if (out.new_passphrase_file && out.no_passphrase) {
    return usage("Give --new-passphrase-file or --no-passphrase, not both.");
  }
  return Command(std::move(out));
}

}  // namespace

CommandSpec forget_spec() {
  return {
      .name = "forget",
      .about = "Destroy the history and keys of a room or contact for good",
      .examples =
          "  sotto forget lobby              says what would go, and asks\n"
          "  sotto forget anna --yes\n\n"
          "Forgetting a contact takes their words in every room, their place in rooms of\n"
          "yours, and the rooms that they host.  What is forgotten cannot be read again, in\n"
          "old copies of the store neither; backup files from before still hold it.  The\n"
          "other side keeps what it has.",
      .flags = {{.names = "WHO",
                 .about = "A room or contact by name",
                 .required = true,
                 .whose = FlagSpec::Names::contacts_and_rooms},
                {.names = "--yes", .kind = Kind::on, .about = "Do not ask"}},
      .understand = forget};
}

CommandSpec backup_spec() {
  return {
      .name = "backup",
      .about = "Write everything of this profile into one sealed file",
      .examples =
          "  sotto backup -o sotto.backup                   asks for its passphrase\n"
          "  sotto backup -o - --backup-passphrase-file p | ssh vault 'cat > sotto.backup'\n"
          "  sotto backup -o b --for \"$(sotto --home ./vault id --json | jq -r .card)\"\n\n"
          "Works while the profile is in use.  Whoever opens the backup is this profile:\n"
          "choose a passphrase that nobody can guess.",
      .flags = {{.names = "-o,--output",
                 .type = "FILE",
                 .about = "Where to (-: standard output)"},
                {.names = "--force",
                 .kind = Kind::on,
                 .about = "Replace a file that is there already"},
                {.names = "--backup-passphrase-file",
                 .type = "FILE",
                 .about = "Lock the backup with the passphrase on FILE's first line (-: "
                          "standard input; asked for in a terminal)",
                 .input = "--backup-passphrase-file"},
                {.names = "--for",
                 .kind = Kind::list,
                 .type = "CARD",
                 .about = "Lock it for the card of another profile instead (repeatable)"}},
      .understand = backup};
}

CommandSpec restore_spec() {
  return {
      .name = "restore",
      .about = "Make a profile from a backup, where there is none",
      .examples =
          "  sotto restore sotto.backup                     asks for its passphrase\n"
          "  sotto --home ./again --passphrase-file new restore b "
          "--backup-passphrase-file p\n"
          "  sotto --home ./again restore b --unlock-home ./vault\n\n"
          "Connection files given out before admit nobody any more: make new ones.  Do not\n"
          "go on using the profile that the backup was made of: the two would take turns at\n"
          "being the same person.",
      .flags = {{.names = "FILE",
                 .about = "A backup (-: standard input)",
                 .required = true,
                 .input = "the backup"},
                {.names = "--backup-passphrase-file",
                 .type = "FILE",
                 .about = "The backup's passphrase: first line of FILE (-: standard input; "
                          "asked for in a terminal)",
                 .input = "--backup-passphrase-file"},
                {.names = "--unlock-home",
                 .type = "DIR",
                 .about = "The home of the profile that it is locked for"},
                {.names = "--unlock-passphrase-file",
                 .type = "FILE",
                 .about = "The passphrase of that profile",
                 .input = "--unlock-passphrase-file"}},
      .understand = restore};
}

CommandSpec passwd_spec() {
  return {
      .name = "passwd",
      .about = "Change, set or remove the passphrase of the profile",
      .examples =
          "  sotto passwd                                    asks for the old and the new\n"
          "  sotto --passphrase-file old passwd --new-passphrase-file new\n"
          "  sotto passwd --no-passphrase                    lock it by a key file\n\n"
          "Works while the profile is in use.  Copies of profile.sotto from before still\n"
          "open with the old passphrase.",
      .flags = {{.names = "--new-passphrase-file",
                 .type = "FILE",
                 .about = "The new passphrase: first line of FILE (-: standard input; asked "
                          "for in a terminal)",
                 .input = "--new-passphrase-file"},
                {.names = "--no-passphrase",
                 .kind = Kind::on,
                 .about = "Lock the profile by a key file beside it: whoever reads the "
                          "folder can open it"}},
      .understand = passwd};
}

}  // namespace sotto::cli
