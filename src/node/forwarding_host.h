// The services that the host of a room exposes to members whose invite allows them
// (docs/protocol.md section 5, "Forwards").
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/forwarding_session.h"
#include "node/forwarding_words.h"
#include "node/seldom.h"

namespace sotto::node {

// Shared by the sessions of a room and what they have under way.
class ExposedServices final : public std::enable_shared_from_this<ExposedServices> {
 public:
  using ClientId = std::uint64_t;  // Agent::ClientId

  // `tell` hears what the person should know, until close().
  ExposedServices(boost::asio::any_io_executor executor,
                  std::function<void(const Error&)> tell);

  // For as long as the client stays.  Errc::exposed_otherwise, with nothing changed, when one
  // of the names leads to something else already.
  Result<void> add(ClientId client, const std::vector<Exposure>& exposures);
  void remove(ClientId client);
  void close();

  // What takes the channels of a member's session; `allowed`: the services it may use.
  std::shared_ptr<room::ChannelUser> serve(session::Session& session,
                                           std::vector<std::string> allowed);

 private:
  class Served;
  struct Service {
    net::ServiceAddress target;
    std::set<ClientId> holders;
  };

  const net::ServiceAddress* find(const std::string& name) const;
  void not_reached(const std::string& name, const Error& why);
  template <class Act>
  void for_each_served(Act act);

  boost::asio::any_io_executor executor_;
  std::function<void(const Error&)> tell_;
  std::map<std::string, Service> services_;
  std::vector<std::weak_ptr<Served>> served_;
  Seldom seldom_;
};

}  // namespace sotto::node
