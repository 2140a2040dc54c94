#include "tor/bridge.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"
#include "tor/quoting.h"

namespace sotto::tor {
namespace {

std::unexpected<Error> no_bridge(std::string_view text, const std::string& what) {
  return fail(Errc::bridge_line, "The bridge \"" + displayable(text.substr(0, 120)) +
                                     "\" is none: " + what + ". Copy it again.");
}

std::unexpected<Error> no_plugin(std::string_view text, const std::string& what) {
  return fail(Errc::bridge_transport,
              "The transport plugin \"" + displayable(text.substr(0, 120)) +
                  "\" is none: " + what + ". Write: obfs4 exec /usr/bin/obfs4proxy.");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Printable ASCII in words; nothing else can be in such a line (# would begin a comment).
bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '#'; });
}

// tor's transports are named like identifiers of C.
bool is_transport(std::string_view name) {
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  for (const auto part : std::views::split(text, ' ')) {
    if (!part.empty()) out.emplace_back(part.begin(), part.end());
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool is_ipv4(std::string_view text) {
  std::size_t parts = 0;
  for (const auto part : std::views::split(text, '.')) {
    const std::string_view digits(part.begin(), part.end());
    if (digits.size() > 3 || (digits.size() > 1 && digits[0] == '0') || !number(digits, 255)) {
      return false;
    }
    ++parts;
  }
  return parts == 4;
}

// RFC 4291 section 2.2, forms 1 and 2: eight groups of up to four hex digits, or fewer around
// one "::".
bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos) {
    return false;
  }
  const auto groups = [](std::string_view part) -> std::optional<std::size_t> {
    std::size_t count = 0;
    if (part.empty()) return count;
    for (const auto group : std::views::split(part, ':')) {
      const std::string_view digits(group.begin(), group.end());
      if (digits.empty() || digits.size() > 4 || !std::ranges::all_of(digits, is_hex)) {
        return std::nullopt;
      }
      ++count;
    }
    return count;
  };
  if (gap == std::string_view::npos) return groups(text) == 8;
  const auto before = groups(text.substr(0, gap));
  const auto after = groups(text.substr(gap + 2));
  return before && after && *before + *after < 8;
}

// "192.0.2.1:443" or "[2001:db8::1]:443"
bool is_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = number(text.substr(colon + 1), 65535);
  const std::string_view host = text.substr(0, colon);
  if (!port || *port == 0) return false;
  if (host.starts_with('[') && host.ends_with(']')) {
    return is_ipv6(host.substr(1, host.size() - 2));
  }
  return is_ipv4(host);
}

bool is_fingerprint(std::string_view text) {
  return text.size() == 40 && std::ranges::all_of(text, is_hex);
}

bool is_argument(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals != std::string_view::npos && equals > 0;
}

// The words of `text` without `option` before them, in any case as tor takes it.
std::vector<std::string> words_behind(std::string_view option, std::string_view text) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  auto words = words_of(text);
  if (!words.empty() && std::ranges::equal(words[0], option, same)) words.erase(words.begin());
  return words;
}

}  // namespace

Result<Bridge> Bridge::parse(std::string_view text) {
  if (!is_clean(text)) return no_bridge(text, "it has a character that no bridge has");
  const auto words = words_behind("bridge", text);
  Bridge out;
  out.line = joined(words);
  auto word = words.begin();
  if (word != words.end() && is_transport(*word)) out.transport = *word++;
  if (word == words.end() || !is_endpoint(*word)) {
    return no_bridge(text, "it has no address with a port, such as 192.0.2.1:443");
  }
  ++word;
  if (word != words.end() && !is_argument(*word)) {
    if (!is_fingerprint(*word)) {
      return no_bridge(text, "its fingerprint is not 40 hex digits");
    }
    ++word;
  }
  if (word != words.end() && out.transport.empty()) {
    return no_bridge(text, "a bridge without a transport takes no key=value");
  }
  if (!std::all_of(word, words.end(), is_argument)) {
    return no_bridge(text, "behind the fingerprint there may only be key=value");
  }
  return out;
}

Result<TransportPlugin> TransportPlugin::parse(std::string_view text) {
  if (!is_clean(text)) return no_plugin(text, "it has a character that no such line has");
  const auto words = words_behind("clienttransportplugin", text);
  if (words.size() < 3 || words[1] != "exec") {
    return no_plugin(text, "it is not names, the word exec and a program");
  }
  TransportPlugin out;
  for (const auto part : std::views::split(words[0], ',')) {
    out.transports.emplace_back(part.begin(), part.end());
    if (!is_transport(out.transports.back())) {
      return no_plugin(text, "a name is not letters and digits");
    }
  }
  out.program = words[2];
  if (!out.program.starts_with('/')) return no_plugin(text, "its program is no absolute path");
  out.line = joined(words);
  return out;
}

Result<void> check_transports(const std::vector<Bridge>& bridges,
                              const std::vector<TransportPlugin>& plugins) {
  for (const Bridge& bridge : bridges) {
    const bool served =
        bridge.transport.empty() || std::ranges::any_of(plugins, [&](const auto& plugin) {
          return std::ranges::find(plugin.transports, bridge.transport) !=
                 plugin.transports.end();
        });
    if (!served) {
      return fail(Errc::bridge_transport,
                  "A bridge needs the transport " + bridge.transport +
                      ", and no ClientTransportPlugin has it. Install obfs4proxy or "
                      "snowflake-client and name it in the configuration.");
    }
  }
  return {};
}

}  // namespace sotto::tor
