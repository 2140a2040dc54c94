// A person at a terminal, as the front end sees them: what they wish for comes from a thread of
// their own, and what comes of it goes back to that thread.
//
// The front end knows no terminal and no command of it; the chat of cli/ knows no loop.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/json.h"

namespace sotto::node {

// A method of the owner (docs/rpc.md).  The room of the front end is put into the parameters as
// `room`; before it is open the call waits.
struct AskOwner {
  std::string method;
  Json params;
  // Called at most once, on the loop, which it must not keep waiting.
  std::function<void(const Result<Json>&)> done;
};

// Lets go of the room, as SIGTERM does; with a signal the command ends as if that had come.
struct LeaveRoom {
  std::optional<int> signal = std::nullopt;
};

using Wish = std::variant<AskOwner, LeaveRoom>;

class ChatInput {
 public:
  virtual ~ChatInput() = default;

  // Once, before anything is asked of the owner.  `wish` may be called on any thread, and after
  // stop() for nothing.
  virtual void start(std::function<void(Wish)> wish) = 0;

  // The command ends; the terminal is as it was before when this returns.
  virtual void stop() = 0;
};

}  // namespace sotto::node
