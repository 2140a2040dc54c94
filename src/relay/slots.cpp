#include "relay/slots.h"

namespace sotto::relay {

using wire::RelayRefusal;

Slots::Slot& Slots::of(const wire::SlotId& slot, SteadyTime now) {
  return slots_
      .try_emplace(slot, Slot{.host = std::nullopt,
                              .pending = 0,
                              .splices = 0,
                              .visits = TokenBucket(limits_.visits_a_slot, now),
                              .bytes = TokenBucket(limits_.bytes_a_slot, now)})
      .first->second;
}

std::optional<std::optional<ConnectionId>> Slots::listen(const wire::SlotId& slot,
                                                         ConnectionId connection) {
  auto& held = slots_of_[connection];
  if (!held.contains(slot) && held.size() >= limits_.slots_a_connection) return std::nullopt;
  // What a new slot has saved up does not depend on when it was made.
  Slot& here = of(slot, SteadyTime());
  std::optional<ConnectionId> before = here.host;
  if (!before) ++listening_;
  if (before == connection) before.reset();
  if (before) slots_of_[*before].erase(slot);
  here.host = connection;
  held.insert(slot);
  return before;
}

std::expected<Slots::Visit, RelayRefusal> Slots::open(const wire::SlotId& slot,
                                                      ConnectionId visitor, Entropy& entropy,
                                                      SteadyTime now) {
  const auto at = slots_.find(slot);
  if (at == slots_.end() || !at->second.host) return std::unexpected(RelayRefusal::nobody);
  Slot& here = at->second;
  if (here.pending >= pending_limit || here.splices >= limits_.splices_a_slot) {
    return std::unexpected(RelayRefusal::busy);
  }
  if (!here.visits.take(limits_.visits_a_slot, 1, now)) {
    return std::unexpected(RelayRefusal::rate);
  }
  const auto ticket = wire::RelayTicket::random(entropy);
  tickets_.insert_or_assign(
      ticket, Ticket{.slot = slot, .visitor = visitor, .expires = now + ticket_lifetime});
  ++here.pending;
  return Visit{ticket, *here.host};
}

void Slots::erase(Tickets::iterator ticket) {
  if (const auto slot = slots_.find(ticket->second.slot); slot != slots_.end()) {
    --slot->second.pending;
  }
  tickets_.erase(ticket);
}

std::expected<Slots::Taken, RelayRefusal> Slots::take(const wire::RelayTicket& ticket,
                                                      SteadyTime now) {
  const auto at = tickets_.find(ticket);
  if (at == tickets_.end()) return std::unexpected(RelayRefusal::ticket);
  const Ticket found = at->second;
  erase(at);
  if (now >= found.expires) return std::unexpected(RelayRefusal::ticket);
  ++of(found.slot, now).splices;
  return Taken{found.visitor, found.slot};
}

void Slots::splice_ended(const wire::SlotId& slot) {
  if (const auto at = slots_.find(slot); at != slots_.end()) --at->second.splices;
}

bool Slots::withdraw(const wire::RelayTicket& ticket) {
  const auto at = tickets_.find(ticket);
  if (at == tickets_.end()) return false;
  erase(at);
  return true;
}

bool Slots::is_listening(ConnectionId connection) const {
  const auto held = slots_of_.find(connection);
  return held != slots_of_.end() && !held->second.empty();
}

void Slots::leave(ConnectionId connection) {
  if (const auto held = slots_of_.find(connection); held != slots_of_.end()) {
    for (const wire::SlotId& slot : held->second) {
      const auto at = slots_.find(slot);
      if (at == slots_.end() || at->second.host != connection) continue;
      at->second.host.reset();
      --listening_;
    }
    slots_of_.erase(held);
  }
}

milliseconds Slots::count_bytes(const wire::SlotId& slot, std::size_t bytes, SteadyTime now) {
  if (limits_.bytes_a_slot.a_second <= 0) return milliseconds(0);
  return of(slot, now).bytes.owe(limits_.bytes_a_slot, static_cast<double>(bytes), now);
}

void Slots::sweep(SteadyTime now) {
  for (auto at = tickets_.begin(); at != tickets_.end();) {
    const auto ticket = at++;
    if (now >= ticket->second.expires) erase(ticket);
  }
  std::erase_if(slots_, [&](const auto& entry) {
    const Slot& slot = entry.second;
    return !slot.host && slot.pending == 0 && slot.splices == 0 &&
           slot.visits.is_full(limits_.visits_a_slot, now) &&
           slot.bytes.is_full(limits_.bytes_a_slot, now);
  });
}

}  // namespace sotto::relay
