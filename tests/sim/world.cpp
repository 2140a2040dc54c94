#include "world.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <numeric>
#include <string>

namespace sotto::sim {

std::uint64_t World::draw(std::uint64_t least, std::uint64_t most) {
  return least + chance_() % (most - least + 1);
}

milliseconds World::draw(milliseconds least, milliseconds most) {
  return least + milliseconds(draw(0, static_cast<std::uint64_t>((most - least).count())));
}

void World::at(SteadyTime time, Event event) {
  events_.emplace(std::pair(std::max(time, now_), added_++), std::move(event));
}

bool World::run_until(const std::function<bool()>& done, SteadyTime::duration limit) {
  const SteadyTime end = now_ + limit;
  while (!done()) {
    if (events_.empty() || events_.begin()->first.first > end) return false;
    now_ = events_.begin()->first.first;
    const Event event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    event();
  }
  return true;
}

void World::run_for(SteadyTime::duration time) {
  const SteadyTime end = now_ + time;
  run_until([] { return false; }, time);
  now_ = end;
}

std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* seed = std::getenv("SOTTO_SIM_SEED")) {
    return {std::strtoull(seed, nullptr, 10)};
  }
#ifdef SOTTO_SANITIZED
  count = (count + 4) / 5;  // each takes ten times as long
#endif
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

void for_each_seed(std::uint64_t count, const std::function<void(std::uint64_t)>& simulate) {
  for (const std::uint64_t seed : seeds(count)) {
    SCOPED_TRACE("repeat with SOTTO_SIM_SEED=" + std::to_string(seed));
    simulate(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace sotto::sim
