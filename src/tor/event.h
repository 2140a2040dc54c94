// Asynchronous events of a control port, in our terms (control-spec section 4.1).
//
// Events that we know are read in full; any other is OtherEvent and does no harm.  Text in them
// is tor's, or a stranger's through tor: show it through displayable() only.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "tor/onion_address.h"
#include "tor/quoting.h"
#include "tor/reply.h"

namespace sotto::tor {

enum class Severity { notice, warning, error };

// STATUS_CLIENT ... BOOTSTRAP, and GETINFO status/bootstrap-phase.
struct Bootstrap {
  Severity severity = Severity::notice;
  int progress = 0;            // percent
  std::string tag;             // "conn_done", "done"
  std::string summary;         // "Connecting to a relay"
  std::string warning;         // what is in the way; empty while all is well
  std::string reason;          // "CONNECTREFUSED"
  std::uint64_t count = 0;     // how often it was met so far
  std::string recommendation;  // "ignore" or "warn"
  std::string host;            // which relay or bridge

  bool done() const { return progress == 100; }
  // A person should know: tor thinks so from the tenth time on, which takes it minutes.
  bool stuck() const {
    return !warning.empty() && (recommendation == "warn" || count >= count_of_stuck);
  }
  static constexpr std::uint64_t count_of_stuck = 3;
};

// STATUS_GENERAL ... CLOCK_SKEW: positive when this machine's clock is ahead.
struct ClockSkew {
  std::chrono::seconds skew{0};
  std::string source;
};

// Any other STATUS_CLIENT or STATUS_GENERAL: CIRCUIT_ESTABLISHED, NOT_ENOUGH_DIR_INFO, ...
struct StatusEvent {
  Severity severity = Severity::notice;
  bool client = true;  // else general
  std::string action;
  Arguments arguments;
};

// HS_DESC: what became of a descriptor.
struct DescriptorEvent {
  enum class Action { requested, upload, received, uploaded, created, ignore, failed, other };
  Action action = Action::other;
  std::optional<OnionAddress> address;  // nothing when tor does not know
  std::string directory;                // "$fingerprint~name", or "UNKNOWN"
  std::string reason;                   // of failed: "NOT_FOUND", "UPLOAD_REJECTED", ...
};

struct CircuitEvent {
  enum class Status { launched, built, guard_wait, extended, failed, closed, other };
  std::string id;
  Status status = Status::other;
  std::string purpose;   // "HS_SERVICE_REND", ...
  std::string hs_state;  // "HSSR_JOINED", ...
  std::string reason;
};

struct NetworkLiveness {
  bool up = false;
};

struct OtherEvent {
  std::string name;
};

using Event = std::variant<Bootstrap, ClockSkew, StatusEvent, DescriptorEvent, CircuitEvent,
                           NetworkLiveness, OtherEvent>;

// `reply` is an event (asserted).  control_reply for one that we know and that lacks what it
// must have.
Result<Event> read_event(const Reply& reply);

// The value of GETINFO status/bootstrap-phase.  control_reply.
Result<Bootstrap> read_bootstrap_phase(std::string_view value);

// One sentence for a person: "Tor is at 10 % (Connecting to a relay), stuck: ..."
std::string describe(const Bootstrap& bootstrap);
// "This machine's clock is 3 h 2 min ahead ..."
std::string describe(const ClockSkew& skew);

}  // namespace sotto::tor
