// One host, its joiners, the network between them and its weather.
//
// What holds in every history, whatever the weather: each message arrives exactly once and in
// order (conversation.h); nothing is acknowledged that was not delivered, no buffer grows past
// its limit, nobody breaks the protocol (connection.cpp); every session survives every link
// (host.cpp); and once the weather is calm, everything that was said arrives.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "host.h"
#include "joiner.h"
#include "pipe.h"
#include "world.h"

namespace sotto::sim {

enum class Fault : std::uint8_t {
  cut,           // a wire is reset
  silent_cut,    // a wire goes dead and nobody is told
  damage,        // the next record of one direction
  lost_welcome,  // the next link dies when the host has just moved to it
  unreachable,   // for a while, nobody can connect
  upgrade,       // a joiner moves to a new link while the old one lives
  race,          // and to a second one at once
  jump,          // a clock goes forward
  standstill,    // a program stops for a while
};

struct Weather {
  std::vector<Fault> faults = {};  // that may happen, equally often
  milliseconds between{4'000};     // on average
  milliseconds lasts{60'000};
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, const Cast& cast = {});

  World& world() { return world_; }
  Host& host() { return host_; }
  Joiner& joiner(Guest guest = 0) { return *joiners_.at(guest); }

  // Of wires made from now on; drawn anew for each without it.
  void set_quality(const Quality& quality) { quality_ = quality; }
  void set_weather(Weather weather);
  void happen(Fault fault);
  // The wires that were made last, one for each connection still open.
  const Wire& newest_wire() const { return wires_.back(); }

  // Everybody connects, now or soon.
  void begin();
  // Until every message has arrived and is acknowledged; a failure when that takes longer than
  // `limit`.
  void run_to_the_end(SteadyTime::duration limit = std::chrono::hours(2));

  int links();  // that were made in all
  bool all_is_said();

 private:
  std::optional<WireEnd> dial();
  Joiner& any_joiner() { return *joiners_[world_.draw(0, joiners_.size() - 1)]; }
  Machine& any_machine();
  void blow();

  World world_;
  Host host_;
  std::vector<std::unique_ptr<Joiner>> joiners_;
  std::vector<Wire> wires_;
  std::optional<Quality> quality_;
  Weather weather_;
  SteadyTime calm_at_{};
  SteadyTime reachable_at_{};
};

}  // namespace sotto::sim
