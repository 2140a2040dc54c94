#include "reach/gateway_epoch.h"

#include <utility>

namespace sotto::reach {

bool GatewayEpoch::follow_pcp(std::uint32_t epoch, SteadyTime now) {
  const Seen seen{seconds(epoch), now};
  const auto before = std::exchange(last_, seen);
  if (!before) return true;
  // Answers may overtake each other by a second.
  if (seen.epoch + seconds(1) < before->epoch) return false;
  const auto ours = std::chrono::floor<seconds>(now - before->at);
  const auto theirs = seen.epoch - before->epoch;
  return ours + seconds(2) >= theirs - theirs / 16 && theirs + seconds(2) >= ours - ours / 16;
}

bool GatewayEpoch::follow_nat_pmp(std::uint32_t epoch, SteadyTime now) {
  const Seen seen{seconds(epoch), now};
  const auto before = std::exchange(last_, seen);
  if (!before) return true;
  const auto ours = std::chrono::floor<seconds>(now - before->at);
  return seen.epoch + seconds(2) >= before->epoch + ours * 7 / 8;
}

}  // namespace sotto::reach
