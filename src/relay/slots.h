// Who listens on which slot, and who waits to be let in (docs/protocol.md section 7, "Splice").
//
//   host    RelayListen -> listen()       from now on it hears of visitors
//   joiner  RelayOpen   -> open()         a ticket, which the host is told
//   host    RelayTake   -> take()         the joiner that it stands for: the two are spliced
//
// A ticket is random, good for one take() and for ten seconds; 16 wait for a slot at most. Time
// and entropy come in; connections are numbers.  Not thread-safe: server.h has the lock.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/entropy.h"
#include "base/time.h"
#include "relay/limits.h"
#include "wire/relay_message.h"

namespace sotto::relay {

using ConnectionId = std::uint64_t;

class Slots {
 public:
  static constexpr std::size_t pending_limit = 16;
  static constexpr seconds ticket_lifetime{10};

  explicit Slots(const Limits& limits) : limits_(limits) {}

  // `connection` hears of visitors from now on.  The one that did before, if another: it does
  // no more.  Nothing (of the outer optional): the connection listens on too many slots
  // already.
  std::optional<std::optional<ConnectionId>> listen(const wire::SlotId& slot,
                                                    ConnectionId connection);

  struct Visit {
    wire::RelayTicket ticket;
    ConnectionId host;  // to be told of it
  };
  // RelayRefusal::nobody, busy, rate.
  std::expected<Visit, wire::RelayRefusal> open(const wire::SlotId& slot, ConnectionId visitor,
                                                Entropy& entropy, SteadyTime now);

  struct Taken {
    ConnectionId visitor;
    wire::SlotId slot;
  };
  // The visitor that this ticket stands for, which counts as spliced on the slot from now on:
  // splice_ended().  RelayRefusal::ticket.
  std::expected<Taken, wire::RelayRefusal> take(const wire::RelayTicket& ticket,
                                                SteadyTime now);
  void splice_ended(const wire::SlotId& slot);

  // A visitor waits no more: too late, or gone.  False when its ticket was taken already.
  bool withdraw(const wire::RelayTicket& ticket);
  // A connection has gone: nobody listens on its slots.  Visits are withdraw()n one by one.
  void leave(ConnectionId connection);

  // How long to wait before more bytes are read for this slot.
  milliseconds count_bytes(const wire::SlotId& slot, std::size_t bytes, SteadyTime now);

  bool is_listening(ConnectionId connection) const;
  std::size_t listening() const { return listening_; }
  std::size_t pending() const { return tickets_.size(); }
  // Forgets slots of which nothing is left.
  void sweep(SteadyTime now);

 private:
  struct Slot {
    std::optional<ConnectionId> host;
    std::size_t pending = 0;
    std::size_t splices = 0;
    TokenBucket visits;
    TokenBucket bytes;
  };
  struct Ticket {
    wire::SlotId slot;
    ConnectionId visitor;
    SteadyTime expires;
  };
  using Tickets = std::map<wire::RelayTicket, Ticket>;

  Slot& of(const wire::SlotId& slot, SteadyTime now);
  void erase(Tickets::iterator ticket);

  const Limits& limits_;
  std::map<wire::SlotId, Slot> slots_;
  std::map<ConnectionId, std::set<wire::SlotId>> slots_of_;
  Tickets tickets_;
  std::size_t listening_ = 0;
};

}  // namespace sotto::relay
