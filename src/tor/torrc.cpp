#include "tor/torrc.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <optional>

#include "base/text.h"

namespace sotto::tor {
namespace {

constexpr std::size_t include_limit = std::size_t{64} << 10;  // bytes

// What sotto sets itself, what would open a port for others, and what would give anonymity up
// or tell secrets.  Lower case.  Tor takes an option by the beginning of its name, too.
constexpr std::array<std::string_view, 42> own_options{
    "controlport",
    "controlsocket",
    "controlsocketsgroupwritable",
    "controlportwritetofile",
    "controlportfilegroupreadable",
    "cookieauthentication",
    "cookieauthfile",
    "cookieauthfilegroupreadable",
    "hashedcontrolpassword",
    "datadirectory",
    "datadirectorygroupreadable",
    "cachedirectory",
    "keydirectory",
    "pidfile",
    "runasdaemon",
    "user",
    "socksport",
    "sockspolicy",
    "safesocks",
    "clientonly",
    "dnsport",
    "transport",
    "natdport",
    "httptunnelport",
    "orport",
    "extorport",
    "metricsport",
    "metricsportpolicy",
    "dirport",
    "bridgerelay",
    "exitrelay",
    "exitpolicy",
    "hiddenservicedir",
    "hiddenserviceport",
    "hiddenservicesinglehopmode",
    "hiddenservicenonanonymousmode",
    "clientonionauthdir",
    "disablenetwork",
    "safelogging",
    "log",
    "__owningcontrollerprocess",
    "tor2webmode",
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::unexpected<Error> no_line(std::string_view line, const std::string& what) {
  return fail(Errc::torrc_line, "The line \"" + displayable(line.substr(0, 120)) +
                                    "\" cannot stand in tor's configuration: " + what +
                                    ". Correct it.");
}

std::unexpected<Error> not_theirs(std::string_view option) {
  return fail(
      Errc::torrc_option,
      "The option " + displayable(option) +
          " is not for an included file: sotto sets it, or it could open a port or give "
          "anonymity up. Remove it, or run that tor yourself and name it with "
          "--tor-control.");
}

Result<void> check_path(std::string_view path) {
  if (path.starts_with('/') && std::ranges::none_of(path, is_control)) return {};
  return fail(Errc::torrc_path,
              "The path \"" + displayable(path) +
                  "\" cannot be told to tor: it must be absolute and without control "
                  "characters. Use another home.");
}

// Tor reads values in quotes with C's escapes.  Outside of them a # begins a comment even
// within unix:"...", so everything unusual becomes an octal number.
std::string quoted_value(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '#' || byte >= 0x7f) {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + ((byte >> shift) & 7));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The value of Log: what it does with a file's name knows no quotes, so they go around all.
Result<std::string> log_value(std::string_view path) {
  if (const auto checked = check_path(path); !checked) return std::unexpected(checked.error());
  return quoted_value("notice file " + std::string(path));
}

// `option` in lower case.  Those with two underscores are of no file.
bool is_own(std::string_view option) {
  return option.starts_with("__") ||
         std::ranges::any_of(
             own_options, [option](std::string_view name) { return name.starts_with(option); });
}

// "unix:" and the quoted path.
Result<std::string> socket_value(std::string_view path) {
  if (path.size() > socket_path_limit) {
    return fail(Errc::torrc_path, "The path " + displayable(path) + " has " +
                                      std::to_string(path.size()) +
                                      " bytes, and a socket's may have 107. Use another home, "
                                      "with a shorter path.");
  }
  auto quoted = quoted_path(path);
  if (!quoted) return quoted;
  return "unix:" + *quoted;
}

// The lines of a block, each ended.
std::string bridge_lines(const TorrcValues& values) {
  std::string out;
  if (values.bridges.empty()) return out;
  out += "UseBridges 1\n";
  for (const TransportPlugin& plugin : values.plugins) {
    out += "ClientTransportPlugin " + plugin.line + "\n";
  }
  for (const Bridge& bridge : values.bridges) out += "Bridge " + bridge.line + "\n";
  return out;
}

// The template with each @NAME@ replaced; one that `values` lacks is our mistake.
std::string fill(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  while (true) {
    const std::size_t at = text.find('@');
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    const std::size_t end = text.find('@', at + 1);
    assert(end != std::string_view::npos);
    const auto value = values.find(std::string(text.substr(at + 1, end - at - 1)));
    assert(value != values.end());
    out += value->second;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<std::string> quoted_path(std::string_view path) {
  if (const auto checked = check_path(path); !checked) return std::unexpected(checked.error());
  return quoted_value(path);
}

Result<std::string> make_torrc(const TorrcValues& values) {
  assert(values.owner > 0);
  std::map<std::string, std::string> filled;
  const auto put = [&](const char* name, Result<std::string> value) -> Result<void> {
    if (!value) return pass(value);
    filled[name] = std::move(*value);
    return {};
  };
  for (const auto& done : {put("DATA_DIRECTORY", quoted_path(values.data_directory)),
                           put("COOKIE_FILE", quoted_path(values.cookie_file)),
                           put("CONTROL_SOCKET", socket_value(values.control_socket)),
                           put("SOCKS_SOCKET", socket_value(values.socks_socket)),
                           put("LOG", log_value(values.log_file)),
                           check_transports(values.bridges, values.plugins)}) {
    if (!done) return std::unexpected(done.error());
  }
  std::string extra;
  for (const std::string& line : values.extra) {
    if (const auto checked = check_extra_line(line); !checked) {
      return std::unexpected(checked.error());
    }
    extra += line + "\n";
  }
  filled["OWNER"] = std::to_string(values.owner);
  filled["DISABLE_NETWORK"] = values.network ? "0" : "1";
  filled["BRIDGES"] = bridge_lines(values);
  filled["EXTRA"] = extra;
  return fill(client_torrc_template(), filled);
}

Result<void> check_extra_line(std::string_view whole) {
  const auto is_bad = [](char c) { return is_control(c) && c != '\t'; };
  if (std::ranges::any_of(whole, is_bad)) return no_line(whole, "it has a control character");
  if (whole.ends_with('\\')) return no_line(whole, "a backslash would join it to the next");
  std::string_view line = trimmed(whole);
  if (line.empty() || line.starts_with('#')) return {};
  if (line.starts_with('%')) {
    return fail(Errc::torrc_option,
                "An included file may not include others. Put their lines into it.");
  }
  // + adds to what an option has, / forgets it.
  if (line.starts_with('+') || line.starts_with('/')) line.remove_prefix(1);
  const std::size_t space = line.find_first_of(" \t");
  const std::string option = lower(line.substr(0, space));
  const bool is_name = std::ranges::all_of(option, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_name || option.empty()) return no_line(whole, "it does not begin with an option");
  const std::string_view value = space == std::string_view::npos ? "" : line.substr(space + 1);
  if (option == "bridge") {
    const auto bridge = Bridge::parse(value);
    return bridge ? Result<void>() : std::unexpected(bridge.error());
  }
  if (option == "clienttransportplugin") {
    const auto plugin = TransportPlugin::parse(value);
    return plugin ? Result<void>() : std::unexpected(plugin.error());
  }
  if (is_own(option)) return not_theirs(line.substr(0, space));
  if (space == std::string_view::npos) return no_line(whole, "the option has no value");
  return {};
}

Result<std::vector<std::string>> read_extra_lines(std::string_view text) {
  if (text.size() > include_limit) {
    return fail(Errc::torrc_line,
                "The included file is over 64 KiB. Leave out what is not needed.");
  }
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto checked = check_extra_line(line); !checked) {
      const Error& error = checked.error();
      return std::unexpected(Error(error.code(), "Line " + std::to_string(out.size() + 1) +
                                                     " of the included file: " + error.text()));
    }
    out.emplace_back(line);
  }
  return out;
}

std::vector<std::string> tor_arguments(const std::string& torrc_path) {
  return {"-f", torrc_path, "--defaults-torrc", "/dev/null"};
}

}  // namespace sotto::tor
