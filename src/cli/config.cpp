#include "cli/config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "base/toml.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "node/relay_request.h"

namespace sotto::cli {
namespace {

constexpr std::size_t file_limit = std::size_t{64} * 1024;

template <class T>
Result<void> outcome(const Result<T>& parsed) {
  if (!parsed) return std::unexpected(parsed.error());
  return {};
}

std::vector<std::string> lines_of(const std::string& value) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find('\n', at), value.size());
    lines.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Result<void> check_color(const std::string& value) {
  if (value == "auto" || value == "always" || value == "never") return {};
  return usage("color takes auto, always or never.");
}
Result<void> check_sandbox(const std::string& value) {
  if (value == "on" || value == "strict" || value == "off") return {};
  return usage("sandbox takes on, strict or off.");
}
Result<void> check_some(const std::string& value) {
  return value.empty() ? usage("It may not be empty.") : Result<void>();
}
Result<void> check_name(const std::string& value) {
  return is_name(value) ? Result<void>() : usage("It is no name.");
}
Result<void> check_timeout(const std::string& value) {
  return outcome(parse_length("timeout", value));
}
Result<void> check_range(const std::string& value) {
  return outcome(parse_port_range("port_range", value));
}
Result<void> check_members(const std::string& value) {
  return outcome(parse_number("max_members", value, 1, 100'000));
}
Result<void> check_relays(const std::string& value) {
  return node::check_relays(lines_of(value));
}
Result<void> check_proxy(const std::string& value) {
  return node::check_proxy(value);
}
Result<void> check_count(const std::string& value) {
  return outcome(parse_number("the setting", value, 1, 1'000'000'000));
}
Result<void> check_size(const std::string& value) {
  return outcome(parse_size("the setting", value));
}
Result<void> check_uses(const std::string& value) {
  return outcome(parse_number("uses", value, 1, 1'000'000));
}

using Type = Setting::Type;
constexpr Setting settings[] = {
    {"home", "--home", "", Type::text, "a folder", "$XDG_DATA_HOME/sotto", "SOTTO_HOME",
     check_some},
    {"color", "--color", "", Type::text, "\"auto\", \"always\" or \"never\"", "auto",
     "NO_COLOR", check_color},
    {"name", "--name", " init ", Type::text, "a name of 1 to 64 bytes", "the login name", "",
     check_name},
    {"timeout", "--timeout", " join send ", Type::text, "a duration such as \"90s\"", "60s", "",
     check_timeout},
    {"plain", "--plain", " host join ", Type::yes_or_no, "true or false", "false", "",
     check_some},
    {"bind", "--bind", " host ", Type::text, "an address of this machine", "all addresses", "",
     check_some},
    {"port_range", "--port-range", " host ", Type::text,
     "two ports from 1025 such as \"4000-4100\"", "any port", "", check_range},
    {"max_members", "--max-members", " host ", Type::number, "a number from 1 to 100000",
     "no limit", "", check_members},
    {"uses", "--uses", " export host ", Type::number, "a number from 1 to 1000000", "1", "",
     check_uses},
    {"expires", "--expires", " export host ", Type::text, "a duration such as \"24h\"", "never",
     "", check_timeout},
    {"tor_control", "--tor-control", "", Type::text, "HOST:PORT of this machine, or a path",
     "the system's tor, else our own", "", check_some},
    {"torrc_include", "--torrc-include", "", Type::text, "a file of lines for tor", "none", "",
     check_some},
    {"bridges", "--bridges", "", Type::text, "a file of bridges for tor", "none", "",
     check_some},
    {"allow_external", "--allow-external", "", Type::yes_or_no, "true or false", "false", "",
     check_some},
    {"publish", "--publish", " host listen ", Type::text, "a folder, a command or a relay",
     "nowhere", "", check_some},
    {"directory", "--directory", "", Type::text, "a folder, a command or a relay", "none", "",
     check_some},
    {"sandbox", "--sandbox", "", Type::text, "\"on\", \"strict\" or \"off\"", "on", "",
     check_sandbox},
    {"relay.urls", "relay.urls", "", Type::texts,
     "a list of at most 8 addresses such as \"wss://relay.example/\"", "none", "",
     check_relays},
    {"relay.token_file", "--relay-token-file", "", Type::text, "a file of access tokens",
     "none", "", check_some},
    {"relay.proxy", "relay.proxy", "", Type::text, "\"http://[USER@]HOST:PORT\"", "none", "",
     check_proxy},
    {"relay.proxy_password_file", "--proxy-password-file", "", Type::text, "a file", "none", "",
     check_some},
    {"relay_server.listen", "--listen", " relay ", Type::texts,
     "a list of addresses such as \"0.0.0.0:443\"", "none", "", check_some},
    {"relay_server.cert", "--cert", " relay ", Type::text, "a file of certificates", "none", "",
     check_some},
    {"relay_server.key", "--key", " relay ", Type::text, "a file with a key", "none", "",
     check_some},
    {"relay_server.self_signed", "--self-signed", " relay ", Type::yes_or_no, "true or false",
     "false", "", check_some},
    {"relay_server.store", "--store", " relay ", Type::text, "a folder", "none", "",
     check_some},
    {"relay_server.tokens", "--tokens", " relay ", Type::text, "a file of access tokens",
     "none", "", check_some},
    {"relay_server.admin", "--admin", " relay ", Type::text,
     "an address such as \"127.0.0.1:9443\"", "none", "", check_some},
    {"relay_server.log_addresses", "--log-addresses", " relay ", Type::yes_or_no,
     "true or false", "false", "", check_some},
    {"relay_server.threads", "--threads", " relay ", Type::number, "a number from 1 to 256",
     "one a core", "", check_count},
    {"relay_server.max_connections", "--max-connections", " relay ", Type::number, "a number",
     "as many as file descriptors allow", "", check_count},
    {"relay_server.connections_per_block", "--connections-per-block", " relay ", Type::number,
     "a number", "512", "", check_count},
    {"relay_server.requests_per_block", "--requests-per-block", " relay ", Type::number,
     "a number", "100", "", check_count},
    {"relay_server.rate_per_block", "--rate-per-block", " relay ", Type::text,
     "a size such as \"20M\"", "no limit", "", check_size},
    {"relay_server.rate_per_slot", "--rate-per-slot", " relay ", Type::text,
     "a size such as \"20M\"", "no limit", "", check_size},
    {"relay_server.memory", "--memory", " relay ", Type::text, "a size such as \"512M\"", "1G",
     "", check_size},
    {"relay_server.store_size", "--store-size", " relay ", Type::text, "a size such as \"10G\"",
     "4G", "", check_size},
    {"relay_server.mailbox_size", "--mailbox-size", " relay ", Type::text,
     "a size such as \"16M\"", "16M", "", check_size},
    {"relay_server.drain", "--drain", " relay ", Type::text, "a duration such as \"30s\"",
     "30s", "", check_timeout},
};

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

std::unexpected<std::string> wrong(const TomlValue& value, const Setting& setting) {
  return std::unexpected("'" + displayable(value.key) + "' is " + setting.wanted + ".");
}

// The value as its flag takes it.
std::expected<std::string, std::string> text_of(const TomlValue& value,
                                                const Setting& setting) {
  constexpr std::array kinds = {TomlValue::Kind::text, TomlValue::Kind::integer,
                                TomlValue::Kind::boolean, TomlValue::Kind::texts};
  if (value.kind != kinds[static_cast<std::size_t>(setting.type)]) return wrong(value, setting);
  const std::string text = setting.type == Type::text     ? value.text
                           : setting.type == Type::number ? std::to_string(value.integer)
                           : setting.type == Type::texts  ? joined_lines(value.texts)
                           : value.boolean                ? "true"
                                                          : "false";
  if (!setting.check(text)) return wrong(value, setting);
  return text;
}

std::string unknown(const std::string& key) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings) keys.emplace_back(setting.key);
  const auto meant = nearest(key, keys);
  return "There is no setting '" + displayable(key) + "'" +
         (meant ? ": did you mean '" + *meant + "'?" : ": docs/config.md lists them.");
}

std::filesystem::path default_file() {
  using std::filesystem::path;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return path(value == nullptr ? "" : value);
  };
  if (const path config = variable("XDG_CONFIG_HOME"); config.is_absolute()) {
    return config / "sotto" / "config.toml";
  }
  if (const path home = variable("HOME"); home.is_absolute()) {
    return home / ".config" / "sotto" / "config.toml";
  }
  return {};
}

bool is_set(const char* variable) {
  const char* value = *variable == '\0' ? nullptr : std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_for(const Setting& setting, const CommandSpec& command, const Words& words) {
  if (*setting.commands == '\0') return true;
  const std::string name = " " + std::string(command.name) + " ";
  if (std::string_view(setting.commands).find(name) == std::string_view::npos) return false;
  // What a connection file allows only matters where one is written.
  const bool of_file = std::string_view(setting.commands) == " export host ";
  return !of_file || std::string_view(command.name) == "export" || words.has("--export");
}

}  // namespace

std::span<const Setting> all_settings() {
  return settings;
}

const SetValue* Config::find(std::string_view key) const {
  const auto at = std::ranges::find_if(
      values, [&](const SetValue& value) { return value.setting->key == key; });
  return at == values.end() ? nullptr : &*at;
}

Config read_config(std::string_view text, std::filesystem::path file) {
  Config config;
  config.file = std::move(file);
  config.there = true;
  const auto parsed = parse_toml(text);
  if (!parsed) {
    config.faults.push_back({parsed.error().line, displayable(parsed.error().text) + "."});
    return config;
  }
  for (const TomlValue& value : *parsed) {
    const auto setting = std::ranges::find_if(
        settings, [&](const Setting& known) { return known.key == value.key; });
    if (setting == std::end(settings)) {
      config.faults.push_back({value.line, unknown(value.key)});
      continue;
    }
    auto understood = text_of(value, *setting);
    if (understood) {
      config.values.push_back({&*setting, *std::move(understood), value.line});
    } else {
      config.faults.push_back({value.line, understood.error()});
    }
  }
  return config;
}

Config load_config(const std::optional<std::string>& given) {
  Config config;
  config.file = given ? std::filesystem::path(*given) : default_file();
  if (config.file.empty()) return config;
  errno = 0;
  std::ifstream in(config.file, std::ios::binary);
  if (!in) {
    if (!given && (errno == ENOENT || errno == ENOTDIR)) return config;
    config.faults.push_back(
        {0, std::string("It cannot be read: ") + std::strerror(errno) + "."});
    return config;
  }
  std::string text(file_limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (text.empty() && !in.eof())) {
    config.faults.push_back({0, "It cannot be read."});
    return config;
  }
  if (text.size() > file_limit) {
    config.faults.push_back({0, "It has more than 64 KiB: is it another file?"});
    return config;
  }
  return read_config(text, config.file);
}

Result<void> usable(const Config& config) {
  if (config.faults.empty()) return {};
  const ConfigFault& first = config.faults.front();
  std::string text = displayable(config.file.string());
  if (first.line > 0) text += ", line " + std::to_string(first.line);
  text += ": " + first.text;
  if (config.faults.size() > 1) {
    text += " And " + std::to_string(config.faults.size() - 1) +
            " more: `sotto config check` lists them.";
  }
  return fail(Errc::config, text);
}

void apply(const Config& config, const CommandSpec& command, Words& words) {
  for (const SetValue& value : config.values) {
    const Setting& setting = *value.setting;
    if (!is_for(setting, command, words) || is_set(setting.variable)) continue;
    if (words.has(setting.flag) || value.value == "false") continue;
    // Two ways to say the same.
    if (std::string_view(setting.key) == "port_range" && words.has("--port")) continue;
    if (setting.type == Setting::Type::texts) {
      for (std::string& line : lines_of(value.value)) words.add(setting.flag, std::move(line));
    } else {
      words.add(setting.flag, value.value);
    }
  }
}

}  // namespace sotto::cli
