// The way into a hosted room through relays.
#pragma once
#include <functional>
#include <vector>

#include "node/doorway.h"
#include "node/relay_listener.h"

namespace sotto::node {

// Which relays hold the room.
struct RelayWish {
  std::vector<RelayUrl> relays;  // the preferred ones first; empty: none
  bool required = false;         // the room is not open without one
  bool alone = false;            // nothing listens here
};

// As `request` says; where it says nothing of relays nor of --direct, those that held the room
// before and, unless it is open over Tor, those of the settings.  relay.url.
Result<RelayWish> wished_relays(const HostRequest& request, const store::RoomRow& room,
                                bool over_tor);

// Adds the entrance to `door` and waits until a relay holds the room; `room` has a seed for its
// slots from then on.  `tell` hears how it goes meanwhile.  Without `wish.required` that none
// can be used is no error, and is tried on.  RelayErrc::none.
//
// The listener is the door's.
Async<RelayListener*> open_relay_doorway(Runtime& runtime, RelayWish wish, store::RoomRow& room,
                                         Doorway& door, std::function<void(const Event&)> tell);

// The key of a room's slot on a relay (docs/protocol.md section 7).
crypto::Ed25519KeyPair slot_key(const crypto::SymmetricKey& seed, const RelayUrl& relay);

}  // namespace sotto::node
