// The owner of a profile when it is this process: calls go straight to the Agent.
#pragma once
#include "node/agent.h"
#include "node/owner.h"

namespace sotto::node {

class LocalOwner final : public Owner {
 public:
  explicit LocalOwner(Agent& agent) : agent_(agent) {}
  ~LocalOwner() override { detach(); }

  void call(std::string method, Json params, Done done) override;
  void set_on_notice(OnNotice on_notice) override;
  void detach() override;

 private:
  Agent& agent_;
  std::optional<Agent::ClientId> client_;
};

}  // namespace sotto::node
