#include "reach/ice_candidate.h"

#include <algorithm>
#include <cassert>

namespace sotto::reach {
namespace {

constexpr std::uint32_t one_component = 256 - 1;
constexpr std::uint16_t preference_most = 8191;
constexpr std::uint32_t priority_most = 0x7fffffff;  // RFC 8445 section 5.1.2

// RFC 8445 section 5.1.2.2.
std::uint32_t type_preference(CandidateKind kind) {
  switch (kind) {
    case CandidateKind::host:
      return 126;
    case CandidateKind::peer_reflexive:
      return 110;
    case CandidateKind::server_reflexive:
      return 100;
    case CandidateKind::relayed:
      break;
  }
  return 0;
}

// RFC 6544 section 4.2: behind a NAT both have to connect at once; else it is better to.
std::uint32_t direction_preference(CandidateKind kind, CandidateTransport transport) {
  const bool behind =
      kind == CandidateKind::server_reflexive || kind == CandidateKind::peer_reflexive;
  switch (transport) {
    case CandidateTransport::tcp_active:
      return behind ? 4 : 6;
    case CandidateTransport::tcp_passive:
      return behind ? 2 : 4;
    case CandidateTransport::tcp_so:
      return behind ? 6 : 2;
    case CandidateTransport::udp:
      break;
  }
  return 0;
}

bool is_link_local(const IpAddress& address) {
  return address.is_v6() && address.to_v6().is_link_local();
}

}  // namespace

std::string_view to_string(CandidateKind kind) {
  switch (kind) {
    case CandidateKind::host:
      return "host";
    case CandidateKind::peer_reflexive:
      return "prflx";
    case CandidateKind::server_reflexive:
      return "srflx";
    case CandidateKind::relayed:
      break;
  }
  return "relay";
}

std::string_view to_string(CandidateTransport transport) {
  switch (transport) {
    case CandidateTransport::tcp_active:
      return "tcp-active";
    case CandidateTransport::tcp_passive:
      return "tcp-passive";
    case CandidateTransport::tcp_so:
      return "tcp-so";
    case CandidateTransport::udp:
      break;
  }
  return "udp";
}

// type (8 bits) | direction (3), preference (13) | 256 - component (8)
std::uint32_t candidate_priority(CandidateKind kind, CandidateTransport transport,
                                 std::uint16_t preference) {
  assert(preference <= preference_most);
  const std::uint32_t local = (direction_preference(kind, transport) << 13) | preference;
  return (type_preference(kind) << 24) | (local << 8) | one_component;
}

std::uint64_t pair_priority(std::uint32_t controlling, std::uint32_t controlled) {
  const std::uint64_t least = std::min(controlling, controlled);
  const std::uint64_t most = std::max(controlling, controlled);
  return (least << 32) + 2 * most + (controlling > controlled ? 1 : 0);
}

bool can_pair(const Candidate& local, const Candidate& remote) {
  if (local.address.address.is_v4() != remote.address.address.is_v4()) return false;
  if (is_link_local(local.address.address) != is_link_local(remote.address.address))
    return false;
  switch (local.transport) {
    case CandidateTransport::udp:
      return remote.transport == CandidateTransport::udp;
    case CandidateTransport::tcp_active:
      return remote.transport == CandidateTransport::tcp_passive;
    case CandidateTransport::tcp_so:
      return remote.transport == CandidateTransport::tcp_so;
    case CandidateTransport::tcp_passive:
      break;  // waits for the other side's
  }
  return false;
}

bool is_acceptable(const Candidate& candidate, std::span<const Endpoint> refused) {
  const Endpoint& address = candidate.address;
  if (address.port == 0 || !is_unicast(address.address)) return false;
  if (candidate.priority == 0 || candidate.priority > priority_most) return false;
  return std::ranges::none_of(refused, [&](const Endpoint& one) {
    return one.address == address.address && (one.port == 0 || one.port == address.port);
  });
}

}  // namespace sotto::reach
