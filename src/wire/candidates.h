// The paths on which one side of a session may be reached, as it tells the other
// (docs/protocol.md section 5, "Paths").  What is tried of them is no matter of the session's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace sotto::wire {

// How an address came about; RFC 8445 section 5.1.1 has the words.
enum class CandidateKind : std::uint8_t {
  host = 1,   // of an interface
  reflexive,  // as a server outside sees it
  peer,       // as the other side of a check has seen it
  relayed,    // of a TURN server
  mapped,     // of a port that the gateway maps to us
};

enum class CandidateTransport : std::uint8_t { udp = 1, tcp };

struct Candidate {
  CandidateKind kind = CandidateKind::host;
  CandidateTransport transport = CandidateTransport::udp;
  Bytes address;  // 4 or 16 bytes in network order
  std::uint16_t port = 0;
  std::uint32_t priority = 0;  // RFC 8445 section 5.1.2
  std::string foundation;      // of one base and server: RFC 8445 section 5.1.1.3
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// All that there are: they take the place of those of a lower generation.
struct Candidates {
  std::uint64_t generation = 1;
  milliseconds lifetime{};            // from their arrival; at most candidates_lifetime_limit
  std::vector<Candidate> candidates;  // at most candidates_limit
};

}  // namespace sotto::wire
