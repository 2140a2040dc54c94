// Commands about connection files: export, import, inspect; and what was pasted.
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/prompt.h"
#include "cli/qr_code.h"
#include "cli/render_inspect.h"
#include "cli/render_result.h"
#include "cli/streams.h"
#include "node/errors.h"
#include "node/inspect.h"

namespace sotto::cli {
namespace {

constexpr std::string_view uri_prefix = "sotto:";

// A code that is wider than the terminal cannot be read there.
void warn_of_width(const std::string& drawn, const Surroundings& around) {
  winsize window{};
  if (around.globals.verbosity < 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return;
  const std::size_t columns = shown_width(drawn);
  if (window.ws_col == 0 || columns <= window.ws_col) return;
  write_all(STDERR_FILENO, "sotto: The code is " + std::to_string(columns) +
                               " columns wide, the terminal " + std::to_string(window.ws_col) +
                               ": make it wider, or the letters smaller.\n");
}

// What `export` says and shows, once the invite is made.
Result<void> show(const node::Exported& exported, const ExportFlags& flags,
                  const std::optional<std::string>& drawn, const Surroundings& around) {
  const bool written = !flags.file.empty();
  const bool to_output = flags.file == "-";
  std::optional<std::string> uri;
  if (exported.uri) uri = as_text(exported.uri->view());
  if (around.globals.json) {
    return print(exported_json(exported, written ? flags.file : "",
                               flags.uri ? uri : std::nullopt, drawn));
  }
  const bool shows_uri = flags.uri && !written;
  const std::string name = written && !to_output ? flags.file
                           : shows_uri           ? "The URI"
                           : flags.qr            ? "The code"
                                                 : "The connection file";
  const std::string text = exported_text(exported, name, flags.protection.unsealed);
  if (written && !to_output && !drawn) return print(text);
  if (around.globals.verbosity >= 0) write_all(STDERR_FILENO, text);
  if (drawn) {
    warn_of_width(*drawn, around);
    if (auto printed = print(*drawn); !printed) return printed;
  }
  return shows_uri ? print(*uri + "\n") : Result<void>();
}

}  // namespace

Result<std::string> drawn_qr(std::string_view text, const Surroundings& around) {
  const auto code = QrCode::encode(text);
  if (!code) return std::unexpected(code.error());
  const bool color = around.style.color && !around.globals.json;
  return qr_text(*code, choose_look(color, locale_of_environment()));
}

Result<void> show_card_as_qr(const std::string& card, const Surroundings& around) {
  const auto drawn = drawn_qr(card, around);
  if (!drawn) return std::unexpected(drawn.error());
  warn_of_width(*drawn, around);
  return print(*drawn);
}

Result<std::string> pasted_target(const std::string& target, const Surroundings& around) {
  const bool interactive = around.asker.interactive();
  if (target.starts_with(uri_prefix)) {
    if (!interactive) {
      return fail(Errc::usage,
                  "A URI in the command line shows in `ps`: give - and the URI on standard "
                  "input.");
    }
    if (around.globals.verbosity >= 0) {
      write_all(
          STDERR_FILENO,
          "sotto: Whoever can list the processes of this machine sees that URI, which lets "
          "them in: next time give - and paste it.\n");
    }
    return target;
  }
  if (target != "-" || !interactive) return target;
  auto pasted = ask_pasted("The URI, which does not show here (sotto:...): ");
  if (!pasted) return pass(pasted);
  std::string text(as_text(pasted->view()));
  // Whatever else was pasted is no name and no path: let it be refused as a URI.
  return text.starts_with(uri_prefix) ? text : std::string(uri_prefix) + text;
}

Result<void> run(const ExportCommand& command, const Surroundings& around) {
  const bool to_output = command.flags.file == "-";
  if (to_output && !command.flags.armor && !command.flags.uri && ::isatty(STDOUT_FILENO) == 1) {
    return fail(
        Errc::usage,
        "A connection file is no text for a terminal: give --armor, or -o with a file.");
  }
  auto access = open_access(around, false);
  if (!access) return pass(access);
  auto options = export_options(command.room, command.flags, around.asker);
  if (!options) return pass(options);
  auto exported = node::export_invite(*access, *options);
  if (!exported) return pass(exported);
  std::optional<std::string> drawn;
  if (command.flags.qr) {
    auto code = drawn_qr(as_text(exported->uri->view()), around);
    if (!code) {
      // An invite that nobody has seen is honoured for nobody.
      auto withdrawn = node::withdraw_invite(*access, exported->invite_id);
      if (!withdrawn) return withdrawn;
      return pass(code);
    }
    drawn = std::move(*code);
  }
  return show(*exported, command.flags, drawn, around);
}

Result<void> run(const ImportCommand& command, const Surroundings& around) {
  auto file = pasted_target(command.file, around);
  if (!file) return pass(file);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  const node::FileKeys keys{
      [&] { return around.asker.invite_passphrase(command.invite_passphrase_file); }};
  auto imported = node::import_file(*access, *file, keys, command.as_name);
  if (!imported) return pass(imported);
  return print(around.globals.json ? imported_json(*imported)
                                   : imported_text(*imported, around.style));
}

Result<void> run(const InspectCommand& command, const Surroundings& around) {
  std::function<Result<Secret>()> passphrase;
  if (command.invite_passphrase_file) {
    passphrase = [&] { return around.asker.invite_passphrase(command.invite_passphrase_file); };
  }
  const auto inspected = node::inspect(command.file, passphrase);
  if (!inspected) return std::unexpected(inspected.error());
  return print(around.globals.json ? inspected_json(*inspected)
                                   : inspected_text(*inspected, around.style));
}

}  // namespace sotto::cli
