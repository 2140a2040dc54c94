// The path candidates of one session (docs/protocol.md section 5, "Paths"): tells the peer ours
// when a link stands, when they change and before they expire, and keeps the peer's.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "room/candidates.h"
#include "wire/connection_file.h"

namespace sotto::node {

// Those of TCP ports: of an interface, or `advertised` and so mapped to us by somebody.  Names
// are left out: whoever tries a candidate asks nobody where it is.
std::vector<wire::Candidate> tcp_candidates(
    const std::vector<wire::DirectAddress>& addresses,
    const std::vector<wire::DirectAddress>& advertised = {});

// The port of a candidate that only dials (RFC 6544 section 4.5).
inline constexpr std::uint16_t active_port = 9;

class PathExchange {
 public:
  // The paths here; nothing when none may be told, nor heard of: over Tor, and where the peer
  // is met over relays alone.
  using Ours = std::function<std::optional<std::vector<wire::Candidate>>()>;
  using Send = std::function<void(const wire::Candidates& candidates)>;

  PathExchange(boost::asio::any_io_executor executor, Ours ours, Send send);

  // A link stands, or something may have changed.  From the first time on it looks by itself.
  void look();
  void hear(wire::Candidates candidates);
  // The peer's that hold now.
  std::vector<wire::Candidate> theirs();

 private:
  void look_later();

  Ours ours_;
  Send send_;
  room::ToldCandidates told_;
  room::HeardCandidates heard_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sotto::node
