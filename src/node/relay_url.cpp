#include "node/relay_url.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "node/relay_errors.h"
#include "node/target_text.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

constexpr std::string_view scheme = "wss://";
constexpr std::string_view pin_label = "pin=";
constexpr std::string_view usual_port = ":443";

std::unexpected<Error> no_url(std::string_view text, std::string_view why) {
  return fail(RelayErrc::url,
              "\"" + displayable(text) + "\" is no address of a relay: " + std::string(why) +
                  ". Give wss://HOST[:PORT]/#pin=KEY, as `sotto relay url` prints it there.");
}

bool has_port(std::string_view place) {
  const std::size_t colon = place.rfind(':');
  return colon != place.npos && (place.front() != '[' || colon > place.rfind(']'));
}

}  // namespace

Result<RelayUrl> RelayUrl::parse(std::string_view text) {
  if (text.size() > wire::url_limit) return no_url(text.substr(0, 64), "it is too long");
  if (!text.starts_with(scheme)) return no_url(text, "it does not begin with wss://");
  std::string_view rest = text.substr(scheme.size());
  RelayUrl url;
  if (const std::size_t hash = rest.find('#'); hash != rest.npos) {
    std::string_view pin = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
    if (!pin.starts_with(pin_label)) return no_url(text, "what follows # is not pin=KEY");
    pin.remove_prefix(pin_label.size());
    const auto bytes = from_base64url(pin);
    crypto::Hash32 key{};
    if (!bytes || bytes->size() != key.size()) {
      return no_url(text, "its pin is not 43 letters of base64url");
    }
    std::ranges::copy(*bytes, key.begin());
    url.pin = key;
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?@") != rest.npos) {
    return no_url(text, "it has a path, a question or a user name");
  }
  if (rest.empty()) return no_url(text, "it names no host");
  std::string place(rest);
  std::ranges::transform(place, place.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!has_port(place)) place += usual_port;
  // An onion address is not asked about at a resolver here: over Tor it is a relay as others
  // are.
  if (const auto onion = parse_onion(place); onion && *onion) {
    url.at = {(*onion)->address.host(), (*onion)->port.value_or(443)};
    return url;
  }
  const auto address = parse_address(place);
  if (!address || !*address) return no_url(text, "HOST:PORT is not valid");
  url.at = **address;
  return url;
}

std::string RelayUrl::without_pin() const {
  return std::string(scheme) + address() + "/";
}

std::string RelayUrl::to_string() const {
  return without_pin() + (pin ? "#" + std::string(pin_label) + to_base64url(*pin) : "");
}

}  // namespace sotto::node
