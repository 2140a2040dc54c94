#include "reach/nat_behaviour.h"

#include <algorithm>

namespace sotto::reach {
namespace {

constexpr std::size_t samples_least = 3;
constexpr int step_most = 32;

}  // namespace

std::string_view to_string(Dependence dependence) {
  switch (dependence) {
    case Dependence::endpoint_independent:
      return "endpoint-independent";
    case Dependence::address_dependent:
      return "address-dependent";
    case Dependence::address_and_port_dependent:
      return "address and port-dependent";
    case Dependence::unknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(PortPattern pattern) {
  switch (pattern) {
    case PortPattern::kept:
      return "kept";
    case PortPattern::counting:
      return "counting";
    case PortPattern::random:
      return "random";
    case PortPattern::unknown:
      break;
  }
  return "unknown";
}

std::string_view old_name(const NatBehaviour& behaviour) {
  if (!behaviour.answered) return "blocked";
  const bool open = behaviour.filtering == Dependence::endpoint_independent;
  if (!behaviour.translated) {
    if (behaviour.filtering == Dependence::unknown) return "unknown";
    return open ? "open" : "firewall";
  }
  if (behaviour.mapping == Dependence::unknown) return "unknown";
  if (behaviour.mapping != Dependence::endpoint_independent) return "symmetric";
  switch (behaviour.filtering) {
    case Dependence::endpoint_independent:
      return "full cone";
    case Dependence::address_dependent:
      return "restricted";
    case Dependence::address_and_port_dependent:
      return "port-restricted";
    case Dependence::unknown:
      break;
  }
  return "unknown";
}

PortsSeen pattern_of(const std::vector<PortSample>& samples) {
  if (samples.size() < samples_least) return {};
  const auto is_kept = [](const PortSample& one) { return one.inside == one.outside; };
  if (std::ranges::all_of(samples, is_kept)) return {PortPattern::kept, 0};
  int smallest = step_most + 1;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const auto step = static_cast<std::uint16_t>(samples[i].outside - samples[i - 1].outside);
    if (step == 0 || step > step_most) return {PortPattern::random, 0};
    smallest = std::min<int>(smallest, step);
  }
  return {PortPattern::counting, smallest};
}

}  // namespace sotto::reach
