// The owner's methods by name: one table for the socket, this process's own front end, and the
// check that docs/rpc.md lists them all.
#pragma once
#include <span>
#include <string_view>

#include "node/agent.h"

namespace sotto::node {

struct Method {
  std::string_view name;
  std::string_view about;  // a sentence
  Async<Json> (*run)(Agent& agent, Agent::ClientId client, Json params);
};

std::span<const Method> all_methods();
const Method* find_method(std::string_view name);  // null when there is none

}  // namespace sotto::node
