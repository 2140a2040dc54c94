#include "rendezvous/publishing.h"

#include "rendezvous/record.h"

namespace sotto::rendezvous {
namespace {

WallTime start_of(std::uint32_t day) {
  return WallTime(std::chrono::days(day));
}

// What leaves room for the rest of the record: direct addresses first, for a host behind a
// relay is reached from anywhere, then relays, of which a reader needs one.
void trim(wire::RendezvousRecord& record) {
  const auto is_too_large = [&] { return wire::encode(record).size() > record_bytes_limit; };
  while (!record.direct.empty() && is_too_large()) record.direct.pop_back();
  while (record.relays.size() > 1 && is_too_large()) record.relays.pop_back();
}

}  // namespace

Whereabouts whereabouts_of(const wire::RendezvousRecord& record) {
  return {record.direct, record.onion, record.onion_port, record.relays};
}

std::array<std::uint32_t, 2> days_of(const wire::RendezvousRecord& record) {
  const std::uint32_t day = day_of(record.issued);
  return {day, day + 1};
}

bool stands(const wire::RendezvousRecord& record, const Whereabouts& ways, WallTime now) {
  if (day_of(record.issued) != day_of(now)) return false;
  return whereabouts_of(record) == whereabouts_of(renewed(record.seq, ways, now));
}

wire::RendezvousRecord renewed(std::uint64_t last_seq, const Whereabouts& ways, WallTime now) {
  wire::RendezvousRecord record;
  record.seq = next_seq(last_seq, now);
  record.issued = now;
  record.expires = start_of(day_of(now) + 3);
  record.direct = ways.direct;
  record.onion = ways.onion;
  record.onion_port = ways.onion_port;
  record.relays = ways.relays;
  trim(record);
  return record;
}

WallTime renewal_after(WallTime now) {
  return start_of(day_of(now) + 1);
}

}  // namespace sotto::rendezvous
