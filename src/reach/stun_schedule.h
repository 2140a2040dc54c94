// When a request is said again, and when nobody is expected to answer any more (RFC 8489
// section 6.2): over UDP after 0, 500, 1500, 3500, 7500, 15500 and 31500 ms, and given up
// after 39.5 s; over a stream once, and given up as late.
#pragma once
#include "base/time.h"

namespace sotto::reach {

struct StunTiming {
  milliseconds rto{500};    // doubles with each request
  int requests = 7;         // Rc
  int last_wait = 16;       // Rm, in first RTOs
  milliseconds ti{39'500};  // of a stream
};

class StunSchedule {
 public:
  StunSchedule(bool reliable, SteadyTime now, const StunTiming& timing = {})
      : timing_(timing), next_(now) {
    if (reliable) timing_ = {timing.ti, 1, 1, timing.ti};
  }

  // Whether the request is to be sent now; the caller does, and time goes on from here.
  bool due(SteadyTime now) {
    if (sent_ == timing_.requests || now < next_) return false;
    next_ = now + (sent_ + 1 == timing_.requests ? timing_.rto * timing_.last_wait
                                                 : timing_.rto * (1 << sent_));
    ++sent_;
    return true;
  }

  bool expired(SteadyTime now) const { return sent_ == timing_.requests && now >= next_; }
  SteadyTime next_deadline() const { return next_; }
  int sent() const { return sent_; }

 private:
  StunTiming timing_;
  SteadyTime next_;
  int sent_ = 0;
};

}  // namespace sotto::reach
