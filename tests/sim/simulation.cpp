#include "simulation.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace sotto::sim {

Simulation::Simulation(std::uint64_t seed, const Cast& cast)
    : world_(seed), host_(world_, cast) {
  for (Guest guest = 0; guest < cast.joiners; ++guest) {
    joiners_.push_back(
        std::make_unique<Joiner>(world_, cast, guest, host_, [this] { return dial(); }));
  }
  host_.set_guest_has([this](Guest guest) {
    const auto& conversation = joiners_[guest]->conversation();
    return conversation ? conversation->session().last_received() : 0;
  });
}

void Simulation::begin() {
  for (auto& joiner : joiners_) {
    world_.after(world_.draw(milliseconds(0), milliseconds(500)),
                 [&joiner] { joiner->connect(); });
  }
}

std::optional<WireEnd> Simulation::dial() {
  if (world_.now() < reachable_at_) return std::nullopt;
  std::erase_if(wires_, [](const Wire& wire) {
    return wire.to_host.use_count() == 1 && wire.to_joiner.use_count() == 1;
  });
  const Wire wire = make_wire(world_, quality_ ? *quality_ : draw_quality(world_));
  wires_.push_back(wire);
  host_.accept(host_end(wire));
  return joiner_end(wire);
}

// --- weather

void Simulation::set_weather(Weather weather) {
  weather_ = std::move(weather);
  calm_at_ = world_.now() + weather_.lasts;
  blow();
}

void Simulation::blow() {
  if (weather_.faults.empty()) return;
  world_.after(world_.draw(milliseconds(0), 2 * weather_.between), [this] {
    if (world_.now() >= calm_at_) return;
    happen(weather_.faults[world_.draw(0, weather_.faults.size() - 1)]);
    blow();
  });
}

Machine& Simulation::any_machine() {
  if (world_.chance(30)) return host_;
  return any_joiner();
}

void Simulation::happen(Fault fault) {
  const auto any_wire = [this] { return wires_[world_.draw(0, wires_.size() - 1)]; };
  switch (fault) {
    case Fault::cut:
    case Fault::silent_cut:
      if (!wires_.empty()) any_wire().cut(fault == Fault::cut);
      break;
    case Fault::damage:
      if (!wires_.empty()) {
        const Wire wire = any_wire();
        (world_.chance(50) ? wire.to_host : wire.to_joiner)->damage_next(draw_damage(world_));
      }
      break;
    case Fault::lost_welcome:
      host_.lose_next_welcome();
      any_joiner().connect();
      break;
    case Fault::unreachable:
      reachable_at_ = world_.now() + world_.draw(milliseconds(0), milliseconds(20'000));
      break;
    case Fault::upgrade:
      any_joiner().connect();
      break;
    case Fault::race: {
      Joiner& joiner = any_joiner();
      joiner.connect();
      joiner.connect();
      break;
    }
    case Fault::jump:
      any_machine().jump(world_.draw(milliseconds(0), milliseconds(200'000)));
      break;
    case Fault::standstill: {
      Machine& machine = any_machine();
      machine.freeze();
      world_.after(world_.draw(milliseconds(0), milliseconds(30'000)),
                   [&machine] { machine.thaw(); });
      break;
    }
  }
}

// --- running

bool Simulation::all_is_said() {
  for (Guest guest = 0; guest < joiners_.size(); ++guest) {
    for (const auto& side : {joiners_[guest]->conversation(), host_.conversation(guest)}) {
      if (!side || !side->heard_everything() || !side->said_everything()) return false;
    }
  }
  return true;
}

int Simulation::links() {
  int count = 0;
  for (const auto& joiner : joiners_) count += joiner->links();
  return count;
}

void Simulation::run_to_the_end(SteadyTime::duration limit) {
  world_.run_until([this] { return all_is_said() || testing::Test::HasFailure(); }, limit);
  if (testing::Test::HasFailure() || all_is_said()) return;
  std::string states;
  for (Guest guest = 0; guest < joiners_.size(); ++guest) {
    for (const auto& side : {joiners_[guest]->conversation(), host_.conversation(guest)}) {
      states += "\n  " + (side ? side->state() : "never connected");
    }
  }
  ADD_FAILURE() << "not everything has arrived:" << states;
}

}  // namespace sotto::sim
