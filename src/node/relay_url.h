// Where a relay is, and whose key it has: wss://HOST[:PORT]/[#pin=KEY].
//
// KEY is the SHA-256 of the relay's SubjectPublicKeyInfo in base64url without padding, 43
// letters; without it the relay's certificate must be one that this system trusts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "net/tcp.h"

namespace sotto::node {

struct RelayUrl {
  net::HostPort at;  // the host in lower case
  std::optional<crypto::Hash32> pin;

  // RelayErrc::url.
  static Result<RelayUrl> parse(std::string_view text);

  // An onion service, which is reached through Tor alone whatever else is said.
  bool is_onion() const { return at.host.ends_with(".onion"); }
  std::string address() const { return net::to_string(at); }  // HOST:PORT, for people
  std::string without_pin() const;                            // "wss://HOST:PORT/"
  std::string to_string() const;  // as parse() takes it; one text for one relay and key
  friend bool operator==(const RelayUrl&, const RelayUrl&) = default;
};

}  // namespace sotto::node
