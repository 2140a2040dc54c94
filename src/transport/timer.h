// Time for coroutines: what a driver waits on when it has nothing to write.
#pragma once
#include "base/async.h"
#include "base/time.h"

namespace sotto::transport {

class Timer {
 public:
  virtual ~Timer() = default;
  virtual SteadyTime now() const = 0;

  // Ends at `deadline`.  Any number may be pending.
  virtual Async<void> sleep_until(SteadyTime deadline) = 0;

  // Ends at `deadline`, or earlier through wake().  A wake() that found nobody waiting ends the
  // next wait at once.  At most one wait may be pending.
  virtual Async<void> wait_until(SteadyTime deadline) = 0;
  virtual void wake() noexcept = 0;
};

}  // namespace sotto::transport
