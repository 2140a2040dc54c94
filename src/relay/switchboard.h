// All connections of the relay, for all its threads: who is there, who listens where, who waits
// for whom, and what each address block takes.  Each function is a few map operations under one
// lock.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "relay/guard.h"
#include "relay/half_open.h"
#include "relay/limits.h"
#include "relay/slots.h"

namespace sotto::relay {

class Session;

class Switchboard {
 public:
  Switchboard(const Limits& limits, Entropy& entropy);

  enum class Entry { granted, over_block, full, dropped };
  struct Arrival {
    Entry entry = Entry::dropped;
    ConnectionId id = 0;
  };
  // A connection has come.  One that is not dropped is brought by add(), and ends with
  // depart().
  Arrival arrive(const AddressBlock& block, SteadyTime now);
  // The one that has to go for it, if any has to: half_open.h.
  std::shared_ptr<Session> add(ConnectionId id, const AddressBlock& block,
                               std::shared_ptr<Session> session);
  void stands(ConnectionId id, const AddressBlock& block);  // TLS and WebSocket do
  void depart(ConnectionId id, const AddressBlock& block);  // idempotent

  bool take_request(const AddressBlock& block, SteadyTime now);
  milliseconds count_bytes(const AddressBlock& block, const wire::SlotId& slot,
                           std::size_t bytes, SteadyTime now);

  // --- slots.h, with sessions for numbers
  struct Listening {
    bool granted = false;
    std::shared_ptr<Session> replaced;  // which listens on nothing any more
  };
  Listening listen(const wire::SlotId& slot, ConnectionId id);
  void leave_slots(ConnectionId id);
  struct Visit {
    wire::RelayTicket ticket;
    std::shared_ptr<Session> host;
  };
  std::expected<Visit, wire::RelayRefusal> open(const wire::SlotId& slot, ConnectionId visitor,
                                                SteadyTime now);
  struct Taken {
    std::shared_ptr<Session> visitor;
    wire::SlotId slot;
  };
  std::expected<Taken, wire::RelayRefusal> take(const wire::RelayTicket& ticket,
                                                SteadyTime now);
  // False when it was taken meanwhile.
  bool withdraw(const wire::RelayTicket& ticket);
  void splice_ended(const wire::SlotId& slot);

  struct Census {
    std::size_t connections = 0;
    std::size_t half_open = 0;
    std::size_t listening = 0;
    std::size_t waiting = 0;
    std::size_t splices = 0;
  };
  Census census();
  std::vector<std::shared_ptr<Session>> everybody();
  void sweep(SteadyTime now);

 private:
  std::mutex mutex_;
  const Limits& limits_;
  Entropy& entropy_;
  Guard guard_;
  HalfOpen half_open_;
  Slots slots_;
  std::map<ConnectionId, std::shared_ptr<Session>> sessions_;
  ConnectionId last_ = 0;
  std::size_t splices_ = 0;
};

}  // namespace sotto::relay
