// What a `send` and the coroutine that leaves its messages in a mailbox know of each other. For
// agent_sending.cpp and agent_mail.cpp only.
#pragma once
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "node/agent.h"

namespace sotto::node {

struct Agent::Leaving {
  Leaving(const std::shared_ptr<JoinedRoom>& to, std::vector<room::Composed> messages)
      : room(to), composed(std::move(messages)) {}

  // How it stands with the host.
  enum class State { gone, linked, waiting, away };
  State state() const {
    const auto still = room.lock();
    if (!still) return State::gone;
    if (still->joiner().is_linked()) return State::linked;
    return still->trouble() ? State::away : State::waiting;
  }

  std::weak_ptr<JoinedRoom> room;
  std::vector<room::Composed> composed;
  bool over = false;           // the send has ended
  std::optional<Error> error;  // why no relay has it
};

}  // namespace sotto::node
