// One control connection without its socket: commands out, replies paired with them, deadlines,
// events (control-spec section 2).
//
// Tor answers in the order of the commands, so several may be under way.  Each error is final:
// the connection is to be closed, since which reply is whose is no longer known.  What to say,
// and what to do when it ends, is the caller's; net/ has the socket and the clock.
#pragma once
#include <cstdint>
#include <deque>
#include <variant>
#include <vector>

#include "base/time.h"
#include "tor/command.h"

namespace sotto::tor {

class Conversation {
 public:
  using Ticket = std::uint64_t;

  struct Answer {
    Ticket ticket;
    Reply reply;
  };
  struct Happened {
    Reply event;  // for read_event() (tor/event.h)
  };
  using Incoming = std::variant<Answer, Happened>;

  explicit Conversation(ReplyLimits limits = {}) : parser_(limits) {}

  // Notes that `command` goes out now, and must be answered by `deadline`.  The caller writes
  // command.line().
  Ticket sent(const Command& command, SteadyTime deadline);

  // What has come.  Errors of ReplyParser; control_unsolicited for a reply to nothing.  What
  // came whole before an error is lost with the connection.
  Result<std::vector<Incoming>> on_bytes(ByteView bytes);

  // The earliest time at which on_time() may fail; nothing while no command is under way.
  std::optional<SteadyTime> next_deadline() const;
  // control_timeout, naming the command that was not answered.
  Result<void> on_time(SteadyTime now) const;

  // Why the connection ended, when tor closes it.
  Error on_close() const;

  bool idle() const { return waiting_.empty(); }

 private:
  struct Waiting {
    Ticket ticket;
    std::string keyword;
    SteadyTime deadline;
  };

  ReplyParser parser_;
  std::deque<Waiting> waiting_;
  Ticket last_ticket_ = 0;
};

}  // namespace sotto::tor
