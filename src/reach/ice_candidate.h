// Where one side may be reached, as it tells the other (RFC 8445 section 5.1, RFC 6544 for
// TCP).
//
// One component only: everything between two peers goes through one stream.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reach/endpoint.h"

namespace sotto::reach {

enum class CandidateKind : std::uint8_t { host, peer_reflexive, server_reflexive, relayed };

// UDP, or TCP by who connects: we, the other side, or both at once (simultaneous open).
enum class CandidateTransport : std::uint8_t { udp, tcp_active, tcp_passive, tcp_so };

inline constexpr std::size_t foundation_limit = 32;  // letters
inline constexpr std::uint16_t tcp_active_port = 9;  // RFC 6544 section 4.5: it accepts nothing

struct Candidate {
  CandidateKind kind = CandidateKind::host;
  CandidateTransport transport = CandidateTransport::udp;
  Endpoint address;
  std::uint32_t priority = 0;
  std::string foundation;  // the same for those that are likely to work or fail together
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

std::string_view to_string(CandidateKind kind);            // "host", "prflx", "srflx", "relay"
std::string_view to_string(CandidateTransport transport);  // "udp", "tcp-active", ...

// `preference`: among candidates of the same kind and transport, 0 to 8191.  TCP goes before
// UDP: where both work a stream of the kernel is faster than one over UDP.
std::uint32_t candidate_priority(CandidateKind kind, CandidateTransport transport,
                                 std::uint16_t preference);
// RFC 8445 section 6.1.2.3.
std::uint64_t pair_priority(std::uint32_t controlling, std::uint32_t controlled);

// Whether a check from `local` to `remote` can be made: the same family and, over TCP, one who
// connects (RFC 6544 section 6.2).
bool can_pair(const Candidate& local, const Candidate& remote);

// Whether what a peer says may be checked: an address of somebody, of nobody in `refused` (a
// port of 0 there stands for all ports), and with a port.
bool is_acceptable(const Candidate& candidate, std::span<const Endpoint> refused);

}  // namespace sotto::reach
