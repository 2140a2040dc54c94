// What a RelayRequest means: which relays, with which tokens, through which proxy.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "node/relay_url.h"

namespace sotto::node {

// At most wire::relays_limit, each one that RelayUrl::parse() takes, none twice.
// RelayErrc::url.
Result<std::vector<RelayUrl>> parse_relays(const std::vector<std::string>& urls);

// Access tokens, as a file has them: a line each, "TOKEN" for every relay that is chosen
// here or "HOST:PORT TOKEN"
// for one; empty lines and those that begin with # are skipped.
class RelayTokens {
 public:
  // RelayErrc::token_file; at most 64 lines.
  static Result<RelayTokens> parse(ByteView text);

  // Its own, else the one for every relay that is `chosen` here, and not named by somebody
  // else; empty: none.
  std::string find(const net::HostPort& relay, bool chosen) const;

 private:
  std::vector<std::pair<net::HostPort, Secret>> of_one_;
  std::optional<Secret> of_all_;
};

// An HTTP proxy that relays are reached through.
struct RelayProxy {
  net::HostPort at;
  std::string user;  // empty: it asks for none

  // "http://[USER@]HOST:PORT".  RelayErrc::proxy_url; also for a password: it would be seen by
  // everybody on this machine.
  static Result<RelayProxy> parse(std::string_view text);
};

}  // namespace sotto::node
