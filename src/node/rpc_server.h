// Serves an Agent on HOME/agent.sock.
#pragma once
#include <filesystem>
#include <memory>

#include "net/local_socket.h"
#include "node/agent.h"

namespace sotto::node {

class RpcServer {
 public:
  // The caller holds the profile's OwnerLock.  transport's bind.
  static Result<std::unique_ptr<RpcServer>> start(Agent& agent,
                                                  const std::filesystem::path& home);

 private:
  RpcServer(Agent& agent, std::unique_ptr<net::LocalListener> listener);
  Agent& agent_;
  std::unique_ptr<net::LocalListener> listener_;
};

std::filesystem::path socket_of(const std::filesystem::path& home);

}  // namespace sotto::node
