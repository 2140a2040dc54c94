// How a room gets at its store without waiting for a disk: jobs run elsewhere, one after the
// other, each in a transaction; the answer comes back on the loop once it is committed.
#pragma once
#include <functional>

#include "store/database.h"

namespace sotto::room {

class StoreRunner {
 public:
  // Runs in a transaction; an error rolls it back.  May write to what it captured: nothing else
  // looks at that before `done`.
  using Job = std::function<Result<void>(store::Database&)>;
  // Called on the loop, after the commit or with the error.
  using Done = std::function<void(Result<void>)>;

  virtual ~StoreRunner() = default;
  virtual void post(Job job, Done done) = 0;
};

}  // namespace sotto::room
