// What the NAT before us does with UDP, in the words of RFC 4787 and in the older ones of RFC
// 3489.  Plain values; nat_probe.h finds them out.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "reach/endpoint.h"

namespace sotto::reach {

// Of mapping: on what of its destination the address that a packet gets depends (RFC 4787
// section 4.1).  Of filtering: what of a sender must have been sent to before (section 5).
enum class Dependence : std::uint8_t {
  unknown,
  endpoint_independent,
  address_dependent,
  address_and_port_dependent,
};

// How the port outside follows from the one inside or from the last one given.
enum class PortPattern : std::uint8_t { unknown, kept, counting, random };

struct NatBehaviour {
  bool answered = false;    // by any server; without one UDP does not leave here
  bool translated = false;  // we are seen under another address or port than ours
  Endpoint mapped;          // as the first server sees the first socket
  Dependence mapping = Dependence::unknown;
  Dependence filtering = Dependence::unknown;
  PortPattern ports = PortPattern::unknown;
  int step = 0;                  // of counting
  std::optional<bool> hairpins;  // nothing unless it was asked for
};

// "endpoint-independent", "address-dependent", "address and port-dependent", "unknown".
std::string_view to_string(Dependence dependence);
std::string_view to_string(PortPattern pattern);  // "kept", "counting", "random", "unknown"
// "open", "firewall", "full cone", "restricted", "port-restricted", "symmetric", "blocked",
// "unknown".
std::string_view old_name(const NatBehaviour& behaviour);

// The port that each of some sockets has inside and outside, in the order in which the NAT saw
// them first.
struct PortSample {
  std::uint16_t inside = 0;
  std::uint16_t outside = 0;
};
struct PortsSeen {
  PortPattern pattern = PortPattern::unknown;
  int step = 0;
};
// Three samples at least, else unknown.  Others' traffic may take ports between ours: steps of
// up to 32 count, and the smallest is the step.
PortsSeen pattern_of(const std::vector<PortSample>& samples);

}  // namespace sotto::reach
