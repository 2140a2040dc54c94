// How this profile reaches relays: its access tokens, its proxy, and which it prefers.
//
// All on the loop; one object a profile's owner.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "node/relay_choice.h"
#include "node/relay_connection.h"
#include "node/relay_desk.h"
#include "node/relay_request.h"

namespace sotto::node {

class TorManager;

class Relays {
 public:
  // `tor` must outlive it.
  Relays(boost::asio::any_io_executor executor, TorManager& tor);

  // What a command says holds from now on; of what it does not mention, what was said before.
  // The errors of parse_relays(), RelayTokens and RelayProxy.
  Result<void> configure(const RelayRequest& request);

  // To connect by: over Tor where nothing else may be used, or it is an onion service.  There
  // all connections of one place share their circuits, and no others do; no proxy is used then.
  RelayPlace place(const RelayUrl& url, bool only_tor) const;

  // For requests that are no splices.  A new one each time, with a connection and over Tor with
  // circuits of its own: who asks for two lets the relay take them for two people.
  // RelayErrc::url.
  Result<std::shared_ptr<RelayDesk>> desk(const std::string& url, bool over_tor) const;

  // Relays of a room of our own, named here once: they get our tokens as the preferred do.
  void add_own(const std::vector<RelayUrl>& relays);
  std::vector<std::string> preferred_urls() const;
  // Those that a person has named, the settings' last.
  const std::vector<RelayUrl>& preferred() const { return preferred_; }
  // Those come first; else the order stays.
  void order(std::vector<wire::RelaySlot>& slots) const;

 private:
  struct Proxy;

  boost::asio::any_io_executor executor_;
  TorManager& tor_;
  bool is_chosen(const RelayUrl& url) const;

  std::vector<RelayUrl> preferred_;
  std::vector<RelayUrl> own_;
  RelayTokens tokens_;
  std::shared_ptr<const Proxy> proxy_;
};

// For a command under the promise of Tor.  needs_tor for --proxy, which would leave it.
Result<void> check_under_tor(const RelayRequest& request);

}  // namespace sotto::node
