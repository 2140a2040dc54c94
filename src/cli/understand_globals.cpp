// Flags that every command takes.
#include <filesystem>

#include "base/text.h"
#include "cli/understand.h"
#include "cli/values.h"
#include "node/relay_request.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

constexpr const char* of_tor = "Which tor, for every command";
constexpr const char* of_relays = "Relays, for every command";
constexpr const char* color_choices = "auto always never";  // as ColorChoice
constexpr const char* of_hosts = "Hosts that have moved";
constexpr const char* of_sandbox = "What the process that owns the profile may do";
constexpr const char* sandbox_choices = "off on strict";  // as node::SandboxLevel

Result<ColorChoice> understand_color(const Words& words) {
  const auto choice =
      understand_choice("--color", words.text("--color").value_or("auto"), color_choices);
  if (!choice) return std::unexpected(choice.error());
  return static_cast<ColorChoice>(*choice);
}

Result<node::SandboxOptions> understand_sandbox(const Words& words) {
  const auto level =
      understand_choice("--sandbox", words.text("--sandbox").value_or("on"), sandbox_choices);
  if (!level) return std::unexpected(level.error());
  node::SandboxOptions out;
  out.level = static_cast<node::SandboxLevel>(*level);
  for (const std::string& folder : words.all("--writable")) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
      return usage("--writable takes a folder that is there; '" + displayable(folder) +
                   "' is none.");
    }
    out.writable.push_back(std::filesystem::absolute(folder));
  }
  return out;
}

Result<RelayGlobals> understand_relays(const Words& words) {
  RelayGlobals out;
  out.usual = words.all("relay.urls");
  out.token_file = words.text("--relay-token-file");
  if (out.token_file && out.token_file->empty())
    return usage("--relay-token-file takes a file.");
  out.proxy = words.text("--proxy");
  if (out.proxy) {
    if (auto checked = node::check_proxy(*out.proxy); !checked) return pass(checked);
  }
  out.usual_proxy = words.text("relay.proxy");
  out.proxy_password_file = words.text("--proxy-password-file");
  if (out.proxy_password_file && !out.proxy && !out.usual_proxy) {
    return usage("--proxy-password-file belongs to --proxy URL, which is not given.");
  }
  return out;
}

}  // namespace

const FlagSpecs& global_flags() {
  static const FlagSpecs flags = {
      {.names = "--home",
       .type = "DIR",
       .about = "The profile's folder (default: $SOTTO_HOME, else $XDG_DATA_HOME/sotto, else "
                "~/.local/share/sotto)"},
      {.names = "--config",
       .type = "FILE",
       .about = "The settings file (default: $XDG_CONFIG_HOME/sotto/config.toml)"},
      {.names = "--json",
       .kind = Kind::on,
       .about = "One JSON object, or one a line for what goes on"},
      {.names = "--no-input",
       .kind = Kind::on,
       .about = "Never ask: fail and name the flag instead"},
      {.names = "--passphrase-file",
       .type = "FILE",
       .about = "Unlock the profile with the first line of FILE (-: standard input)",
       .input = "--passphrase-file"},
      {.names = "--passphrase-fd", .type = "N", .about = "The same from a descriptor"},
      {.names = "-v,--verbose",
       .kind = Kind::count,
       .about = "Say what is going on; twice: in detail"},
      {.names = "-q,--quiet", .kind = Kind::on, .about = "Say nothing but errors"},
      {.names = "--color",
       .type = "WHEN",
       .about = "auto, always or never (and $NO_COLOR)",
       .choices = color_choices},
      {.names = "--tor-control",
       .type = "HOST:PORT|PATH",
       .about = "Use the tor that listens there (default: the system's, else one of our own)",
       .group = of_tor},
      {.names = "--torrc-include",
       .type = "FILE",
       .about = "More lines for a tor of our own",
       .group = of_tor},
      {.names = "--bridges",
       .type = "FILE",
       .about = "Bridge and ClientTransportPlugin lines for a tor of our own",
       .group = of_tor},
      {.names = "--allow-external",
       .kind = Kind::on,
       .about =
           "Let commands of --exec, --publish and --directory run where --tor was promised: "
           "they may use the network",
       .group = of_tor},
      {.names = "--directory",
       .kind = Kind::list,
       .type = "DIR|CMD|URL",
       .about = "Look in this folder, or ask this command or relay, for where a host is now "
                "that is not where it was (see --publish of host); may be repeated",
       .group = of_hosts},
      {.names = "--relay-token-file",
       .type = "FILE",
       .about = "Access tokens for relays: TOKEN, or HOST:PORT TOKEN, a line each (-: standard "
                "input)",
       .input = "--relay-token-file",
       .group = of_relays},
      {.names = "--proxy",
       .type = "URL",
       .about = "Reach relays through this HTTP proxy: http://[USER@]HOST:PORT",
       .group = of_relays},
      {.names = "--proxy-password-file",
       .type = "FILE",
       .about = "Its password: the first line of FILE (-: standard input)",
       .input = "--proxy-password-file",
       .group = of_relays},
      {.names = "--sandbox",
       .type = "HOW",
       .about = "How the process that owns the profile is confined: on (it writes to no files "
                "but its own), strict (nor reads others: it can send none), off",
       .choices = sandbox_choices,
       .group = of_sandbox},
      {.names = "--writable",
       .kind = Kind::list,
       .type = "DIR",
       .about = "Let it write to this folder as well, for files that are received there",
       .group = of_sandbox},
  };
  return flags;
}

Result<Globals> understand_globals(const Words& words) {
  Globals out;
  out.home = words.text("--home");
  if (out.home && out.home->empty()) return usage("--home takes a folder.");
  out.config = words.text("--config");
  if (out.config && out.config->empty()) return usage("--config takes a file.");
  out.json = words.has("--json");
  out.no_input = words.has("--no-input");
  if (words.has("--passphrase-file") && words.has("--passphrase-fd")) {
    return usage("Give --passphrase-file or --passphrase-fd, not both.");
  }
  out.passphrase_file = words.text("--passphrase-file");
  if (const auto text = words.text("--passphrase-fd")) {
    auto fd = parse_number("--passphrase-fd", *text, 0, 1'000'000);
    if (!fd) return pass(fd);
    if (*fd == 1 || *fd == 2) {
      return usage("--passphrase-fd reads: give it 0, or a descriptor from 3.");
    }
    out.passphrase_fd = static_cast<int>(*fd);
  }
  const bool quiet = words.has("--quiet");
  const auto verbose = static_cast<int>(words.count("--verbose"));
  if (quiet && verbose > 0) return usage("Give -v or -q, not both.");
  out.verbosity = quiet ? -1 : verbose;
  out.tor_control = words.text("--tor-control");
  out.torrc_include = words.text("--torrc-include");
  out.bridges = words.text("--bridges");
  if (out.tor_control && (out.torrc_include || out.bridges)) {
    return usage(
        "--tor-control uses a tor that runs already: what --torrc-include and --bridges say is "
        "for a tor of our own.");
  }
  out.allow_external = words.has("--allow-external");
  out.directories = words.all("--directory");
  auto relay = understand_relays(words);
  if (!relay) return pass(relay);
  out.relay = std::move(*relay);
  auto sandbox = understand_sandbox(words);
  if (!sandbox) return pass(sandbox);
  out.sandbox = std::move(*sandbox);
  auto color = understand_color(words);
  if (!color) return pass(color);
  out.color = *color;
  return out;
}

}  // namespace sotto::cli
