#include "relay/switchboard.h"

namespace sotto::relay {
namespace {

// Beyond its limit the relay takes so many more, to tell them that it is full.
constexpr std::size_t told = 64;

}  // namespace

Switchboard::Switchboard(const Limits& limits, Entropy& entropy)
    : limits_(limits),
      entropy_(entropy),
      guard_(limits),
      half_open_(limits.half_open),
      slots_(limits) {}

Switchboard::Arrival Switchboard::arrive(const AddressBlock& block, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (guard_.connections() >= limits_.connections + told) return {};
  const bool full = guard_.connections() >= limits_.connections;
  const Guard::Entry entry = guard_.enter(block, now);
  if (entry == Guard::Entry::dropped) return {};
  const Entry answer = full                             ? Entry::full
                       : entry == Guard::Entry::refused ? Entry::over_block
                                                        : Entry::granted;
  return {answer, ++last_};
}

std::shared_ptr<Session> Switchboard::add(ConnectionId id, const AddressBlock& block,
                                          std::shared_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  sessions_.emplace(id, std::move(session));
  const auto goes = half_open_.add(id, block);
  if (!goes) return nullptr;
  const auto at = sessions_.find(*goes);
  return at == sessions_.end() ? nullptr : at->second;
}

void Switchboard::stands(ConnectionId id, const AddressBlock& block) {
  const std::lock_guard lock(mutex_);
  half_open_.remove(id, block);
}

void Switchboard::depart(ConnectionId id, const AddressBlock& block) {
  std::shared_ptr<Session> gone;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  gone = std::move(at->second);
  sessions_.erase(at);
  half_open_.remove(id, block);
  slots_.leave(id);
  guard_.leave(block);
}

bool Switchboard::take_request(const AddressBlock& block, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  return guard_.take_request(block, now);
}

milliseconds Switchboard::count_bytes(const AddressBlock& block, const wire::SlotId& slot,
                                      std::size_t bytes, SteadyTime now) {
  if (limits_.bytes_a_block.a_second <= 0 && limits_.bytes_a_slot.a_second <= 0) {
    return milliseconds(0);
  }
  const std::lock_guard lock(mutex_);
  return std::max(guard_.count_bytes(block, bytes, now), slots_.count_bytes(slot, bytes, now));
}

Switchboard::Listening Switchboard::listen(const wire::SlotId& slot, ConnectionId id) {
  const std::lock_guard lock(mutex_);
  const auto before = slots_.listen(slot, id);
  if (!before) return {};
  Listening out{.granted = true, .replaced = nullptr};
  if (*before && !slots_.is_listening(**before)) {
    if (const auto at = sessions_.find(**before); at != sessions_.end()) {
      out.replaced = at->second;
    }
  }
  return out;
}

void Switchboard::leave_slots(ConnectionId id) {
  const std::lock_guard lock(mutex_);
  slots_.leave(id);
}

std::expected<Switchboard::Visit, wire::RelayRefusal> Switchboard::open(
    const wire::SlotId& slot, ConnectionId visitor, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto visit = slots_.open(slot, visitor, entropy_, now);
  if (!visit) return std::unexpected(visit.error());
  return Visit{visit->ticket, sessions_.at(visit->host)};
}

std::expected<Switchboard::Taken, wire::RelayRefusal> Switchboard::take(
    const wire::RelayTicket& ticket, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto taken = slots_.take(ticket, now);
  if (!taken) return std::unexpected(taken.error());
  const auto visitor = sessions_.find(taken->visitor);
  if (visitor == sessions_.end()) {
    slots_.splice_ended(taken->slot);
    return std::unexpected(wire::RelayRefusal::ticket);
  }
  ++splices_;
  return Taken{visitor->second, taken->slot};
}

bool Switchboard::withdraw(const wire::RelayTicket& ticket) {
  const std::lock_guard lock(mutex_);
  return slots_.withdraw(ticket);
}

void Switchboard::splice_ended(const wire::SlotId& slot) {
  const std::lock_guard lock(mutex_);
  slots_.splice_ended(slot);
  --splices_;
}

Switchboard::Census Switchboard::census() {
  const std::lock_guard lock(mutex_);
  return {.connections = sessions_.size(),
          .half_open = half_open_.size(),
          .listening = slots_.listening(),
          .waiting = slots_.pending(),
          .splices = splices_};
}

std::vector<std::shared_ptr<Session>> Switchboard::everybody() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> out;
  out.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) out.push_back(session);
  return out;
}

void Switchboard::sweep(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  slots_.sweep(now);
  guard_.sweep(now);
}

}  // namespace sotto::relay
