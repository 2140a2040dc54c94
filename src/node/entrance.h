// One way by which members come into a hosted room.
#pragma once
#include <memory>
#include <string>

#include "session/pace.h"
#include "transport/listener.h"

namespace sotto::node {

struct Entrance {
  std::unique_ptr<transport::Listener> listener;
  std::string route;         // "direct", "onion", "relay"
  std::string address = {};  // of ours, where a connection does not say whose it is
  const session::Pace* pace = &session::direct_pace;  // static
};

}  // namespace sotto::node
