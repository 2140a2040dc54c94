// Where the members of a hosted room come in: what listens, and the addresses that lead there;
// directly, as an onion service, through relays (relay_doorway.h).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/entrance.h"
#include "node/events.h"
#include "node/onion_host.h"
#include "node/requests.h"
#include "node/runtime.h"
#include "store/rooms.h"
#include "wire/connection_file.h"

namespace sotto::node {

// Of a room on TCP ports.
struct DirectWays {
  std::vector<wire::DirectAddress> advertised;  // what the person says leads here
  std::uint16_t port = 0;                       // 0: none is open
};

struct Doorway {
  std::vector<Entrance> entrances;
  wire::Reach reach;                           // for connection files
  std::vector<RouteAddress> routes;            // for people
  std::vector<std::string> local;              // HOST:PORT by which this machine reaches it
  std::optional<OnionHost::Parameters> onion;  // to be published once it listens
  DirectWays direct;
};

// Whether the room is to be open over Tor: as asked for, or as promised before.  needs_tor for
// anything in `request` that would leave Tor then.
Result<bool> goes_over_tor(const HostRequest& request, const store::RoomRow& room);

// The addresses by which a room is reached at this moment: interfaces come and go.
std::vector<wire::DirectAddress> addresses_now(const HostRequest& request,
                                               const DirectWays& ways);

// TCP ports of this machine.  Sets the port that `room` keeps.  transport's port_taken, bind.
Result<Doorway> open_tcp_doorway(Runtime& runtime, const HostRequest& request,
                                 store::RoomRow& room);

// An onion service, whose key `room` has from then on, unless it is for this time only.
// Starts tor if needed: TorManager::ready()'s errors; transport's bind.
Async<Doorway> open_onion_doorway(Runtime& runtime, const HostRequest& request,
                                  store::RoomRow& room);

}  // namespace sotto::node
