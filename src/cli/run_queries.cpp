// Commands that ask once and end: init, id, history.
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/passphrase_file.h"
#include "cli/progress_line.h"
#include "cli/render_result.h"
#include "cli/streams.h"
#include "node/errors.h"

namespace sotto::cli {
namespace {

Result<node::RelayRequest> relay_settings(const RelayGlobals& globals) {
  node::RelayRequest out;
  out.usual = globals.usual;
  out.proxy = globals.proxy;
  out.usual_proxy = globals.usual_proxy;
  if (globals.token_file) {
    auto tokens = node::read_relay_tokens(*globals.token_file);
    if (!tokens) return pass(tokens);
    out.tokens = std::move(*tokens);
  }
  if (globals.proxy_password_file) {
    auto password = read_passphrase_file(*globals.proxy_password_file);
    if (!password) return pass(password);
    out.proxy_password = std::move(*password);
  }
  return out;
}

std::string lock_of(const node::Profile& profile) {
  return profile.has_passphrase() ? "a passphrase" : "a key file";
}

Error profile_exists(const std::filesystem::path& home) {
  return Error(Errc::profile_exists, "There is a profile in '" + displayable(home.string()) +
                                         "' already: choose another --home.");
}

}  // namespace

WallTime wall_clock() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::unexpected<Error> output_failed() {
  return fail(Errc::output,
              std::string("Standard output cannot be written: ") + std::strerror(errno) + ".");
}

Result<void> print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text) != Written::failed) return {};
  return output_failed();
}

Result<node::Access> open_access(const Surroundings& around, bool make_missing) {
  if (!around.home) return std::unexpected(around.home.error());
  node::ProfileOptions options;
  options.home = *around.home;
  options.passphrase = [&around] { return around.asker.profile_passphrase(); };
  options.new_passphrase = [&around] { return around.asker.new_profile_passphrase(false); };
  options.tor.control = around.globals.tor_control;
  options.tor.allow_external = around.globals.allow_external;
  options.sandbox = around.globals.sandbox;
  auto directories = node::parse_directories(around.globals.directories);
  if (!directories) return pass(directories);
  options.directories = std::move(*directories);
  if (around.globals.torrc_include) {
    const auto included = node::include_torrc(options.tor, *around.globals.torrc_include);
    if (!included) return std::unexpected(included.error());
  }
  if (around.globals.bridges) {
    const auto included = node::include_bridges(options.tor, *around.globals.bridges);
    if (!included) return std::unexpected(included.error());
  }
  auto relay = relay_settings(around.globals.relay);
  if (!relay) return pass(relay);
  options.relay = std::move(*relay);
  auto access = node::Access::open(options, make_missing);
  if (access && access->made() && around.globals.verbosity >= 0) {
    write_all(STDERR_FILENO, "sotto: made a profile '" +
                                 displayable(access->profile()->name()) + "' in " +
                                 displayable(options.home.string()) + ", locked by " +
                                 lock_of(*access->profile()) + "\n");
  }
  return access;
}

Result<node::ExportOptions> export_options(std::string room, const ExportFlags& flags,
                                           const Asker& asker) {
  std::error_code ignored;
  if (!flags.force && !flags.file.empty() && flags.file != "-" &&
      std::filesystem::exists(flags.file, ignored)) {
    // node/ decides; this spares the person typing a passphrase for nothing.
    return fail(node::Errc::file_exists, "There is a file '" + displayable(flags.file) +
                                             "' already: give --force to replace it.");
  }
  node::ExportOptions out;
  out.room = std::move(room);
  out.file = flags.file;
  out.force = flags.force;
  out.armor = flags.armor;
  out.uses = flags.uses;
  out.expires_in = flags.expires_in;
  out.allow = flags.allow;
  out.uri = flags.uri || flags.qr;
  out.protection.for_cards = flags.protection.for_cards;
  out.protection.unsealed = flags.protection.unsealed;
  if (out.protection.for_cards.empty() && !out.protection.unsealed) {
    auto passphrase = asker.new_invite_passphrase(flags.protection.passphrase_file);
    if (!passphrase) return pass(passphrase);
    out.protection.passphrase = std::move(*passphrase);
  }
  return out;
}

Result<void> run(const ShowCommand& command, const Surroundings&) {
  return print(command.text);
}

Result<void> run(const InitCommand& command, const Surroundings& around) {
  if (!around.home) return std::unexpected(around.home.error());
  node::ProfileOptions options;
  options.home = *around.home;
  options.name = command.name;
  // Asked for only where a profile exists, which must not be opened.
  options.passphrase = [&options]() -> Result<Secret> {
    return std::unexpected(profile_exists(options.home));
  };
  options.new_passphrase = [&around] { return around.asker.new_profile_passphrase(true); };
  auto profile = node::Profile::open(options);
  if (!profile) return pass(profile);
  if (!profile->made()) return std::unexpected(profile_exists(options.home));
  const MadeProfile made{node::own_card(*profile), options.home.string(),
                         profile->has_passphrase()};
  return print(around.globals.json ? made_json(made) : made_text(made, around.style));
}

Result<void> run(const IdCommand& command, const Surroundings& around) {
  auto access = open_access(around, true);
  if (!access) return pass(access);
  const auto card = node::own_card(*access);
  if (!card) return std::unexpected(card.error());
  if (!around.globals.json) {
    return command.qr ? show_card_as_qr(card->card, around)
                      : print(card_text(*card, around.style));
  }
  std::optional<std::string> drawn;
  if (command.qr) {
    auto code = drawn_qr(card->card, around);
    if (!code) return pass(code);
    drawn = std::move(*code);
  }
  return print(card_json(*card, drawn));
}

Result<void> run(const HistoryCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  node::HistoryOptions options;
  options.who = command.who;
  options.limit = command.limit;
  options.search = command.search;
  if (command.since) {
    const auto* ago = std::get_if<milliseconds>(&*command.since);
    options.since = ago != nullptr ? wall_clock() - *ago : std::get<WallTime>(*command.since);
  }
  Result<std::vector<node::HistoryEntry>> entries;
  {
    ProgressLine line(around.globals.verbosity >= 0);
    entries = node::history(*access, options, [&line](std::size_t looked_at) {
      line.show("looked at " + std::to_string(looked_at) + " messages");
    });
  }
  if (!entries) return pass(entries);
  return print(around.globals.json ? history_json(command.who, *entries)
                                   : history_text(*entries, around.style));
}

}  // namespace sotto::cli
