#include "node/relay_choice.h"

#include <algorithm>

#include "base/text.h"
#include "node/relay_errors.h"
#include "node/target_text.h"
#include "wire/limits.h"
#include "wire/relay_message.h"

namespace sotto::node {
namespace {

constexpr std::size_t tokens_limit = 64;  // lines
constexpr std::string_view scheme = "http://";

std::unexpected<Error> no_tokens(std::size_t line, std::string_view why) {
  // The line itself may be a secret.
  return fail(RelayErrc::token_file, "Line " + std::to_string(line) +
                                         " of the file of access tokens " + std::string(why) +
                                         ". A line has TOKEN alone, for every relay that you "
                                         "name yourself, or HOST:PORT TOKEN.");
}

std::unexpected<Error> no_proxy(std::string_view why) {
  return fail(RelayErrc::proxy_url,
              "--proxy takes http://[USER@]HOST:PORT, such as http://proxy.example:3128: " +
                  std::string(why) + ".");
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = line.find_first_not_of(blank);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

}  // namespace

Result<std::vector<RelayUrl>> parse_relays(const std::vector<std::string>& urls) {
  if (urls.size() > wire::relays_limit) {
    return fail(RelayErrc::url, std::to_string(urls.size()) + " relays are too many: " +
                                    std::to_string(wire::relays_limit) + " are the most.");
  }
  std::vector<RelayUrl> out;
  for (const std::string& text : urls) {
    auto url = RelayUrl::parse(text);
    if (!url) return pass(url);
    if (std::ranges::find(out, url->at, &RelayUrl::at) != out.end()) {
      return fail(RelayErrc::url,
                  "The relay " + displayable(url->address()) + " is named twice.");
    }
    out.push_back(std::move(*url));
  }
  return out;
}

Result<RelayTokens> RelayTokens::parse(ByteView text) {
  RelayTokens out;
  std::string_view rest = as_text(text);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t blank = line.find_first_of(" \t");
    const std::string_view token = trimmed(blank == line.npos ? line : line.substr(blank));
    if (!wire::is_access_token(token)) {
      return no_tokens(number, "has no token of 1 to " +
                                   std::to_string(wire::access_token_limit) +
                                   " letters, digits and signs");
    }
    if (blank == line.npos) {
      if (out.of_all_) return no_tokens(number, "is the second token for every relay");
      out.of_all_ = Secret(as_bytes(token));
      continue;
    }
    if (out.of_one_.size() == tokens_limit) return no_tokens(number, "is one too many");
    const auto relay = RelayUrl::parse("wss://" + std::string(line.substr(0, blank)) + "/");
    if (!relay) return no_tokens(number, "does not begin with HOST:PORT");
    out.of_one_.emplace_back(relay->at, Secret(as_bytes(token)));
  }
  return out;
}

std::string RelayTokens::find(const net::HostPort& relay, bool chosen) const {
  const auto own = std::ranges::find(of_one_, relay, &std::pair<net::HostPort, Secret>::first);
  if (own != of_one_.end()) return to_string(own->second.view());
  return chosen && of_all_ ? to_string(of_all_->view()) : std::string();
}

Result<RelayProxy> RelayProxy::parse(std::string_view text) {
  if (!text.starts_with(scheme)) return no_proxy("this does not begin with http://");
  text.remove_prefix(scheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  RelayProxy proxy;
  if (const std::size_t at = text.rfind('@'); at != text.npos) {
    const std::string_view user = text.substr(0, at);
    text.remove_prefix(at + 1);
    if (user.contains(':')) {
      return no_proxy(
          "a password there is seen by everybody on this machine; --proxy-password-file names "
          "a file that has it");
    }
    const bool plain = std::ranges::all_of(user, [](char c) { return c > ' ' && c <= '~'; });
    if (user.empty() || !plain) return no_proxy("this user's name is not one");
    proxy.user = user;
  }
  const auto address = parse_address(text);
  if (!address || !*address) return no_proxy("HOST:PORT is not valid");
  proxy.at = **address;
  return proxy;
}

}  // namespace sotto::node
