// What a host publishes and when (docs/protocol.md section 6).  Pure: the time comes in.
//
// A record is issued anew each day (UTC) and whenever the host's ways change.  It is put under
// the keys of the day of its issue and of the next one, so that it is found around midnight, by
// clocks that are wrong by up to a day, and for a while after the host has gone:
//
//   day of issue D    under the keys of D, D + 1
//   looked for on E   under the keys of E - 1, E, E + 1   (search.h)
//   expires           with the end of D + 2, the last day on which it would be found
#pragma once
#include <array>
#include <string>
#include <vector>

#include "wire/record.h"

namespace sotto::rendezvous {

// Every way to a host: what a record says, but for when.
struct Whereabouts {
  std::vector<wire::RecordAddress> direct;
  std::string onion;  // empty: none
  std::uint16_t onion_port = 0;
  std::vector<wire::RelaySlot> relays;
  bool empty() const { return direct.empty() && onion.empty() && relays.empty(); }
  friend bool operator==(const Whereabouts&, const Whereabouts&) = default;
};
Whereabouts whereabouts_of(const wire::RendezvousRecord& record);

// Under whose keys `record` is put.
std::array<std::uint32_t, 2> days_of(const wire::RendezvousRecord& record);

// Whether `record` need not be issued anew.
bool stands(const wire::RendezvousRecord& record, const Whereabouts& ways, WallTime now);

// The next record, to be signed by publish(): after `last_seq`, 0 for the first.  Direct
// addresses that do not fit any more are left out, the last ones first, then relays but one.
wire::RendezvousRecord renewed(std::uint64_t last_seq, const Whereabouts& ways, WallTime now);

// When what is issued at `now` has to be issued anew at the latest.
WallTime renewal_after(WallTime now);

}  // namespace sotto::rendezvous
