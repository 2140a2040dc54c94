// Whether a gateway is still the one that made our mapping: each of its answers tells for how
// many seconds it has run, and one whose count does not go on as our clock does has forgotten
// all (RFC 6887 section 8.5, RFC 6886 section 3.6).
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace sotto::reach {

class GatewayEpoch {
 public:
  // An answer of each protocol says `epoch`.  False when the gateway has begun anew since the
  // last one; the next is measured against this one in either case.
  bool follow_pcp(std::uint32_t epoch, SteadyTime now);
  bool follow_nat_pmp(std::uint32_t epoch, SteadyTime now);

  // Nothing is known of the gateway any more.
  void forget() { last_.reset(); }

 private:
  struct Seen {
    seconds epoch;
    SteadyTime at;
  };
  std::optional<Seen> last_;
};

}  // namespace sotto::reach
