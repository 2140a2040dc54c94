// Simulated time and chance.
//
// A discrete-event simulation: nothing runs but events, in the order of their time, and time
// passes only from one to the next.  No threads, no sockets, no clock: one seed is one history,
// and hours of it take milliseconds.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "base/time.h"
#include "support/seeded_entropy.h"

namespace sotto::sim {

class World {
 public:
  using Event = std::function<void()>;

  explicit World(std::uint64_t seed) : chance_(seed), entropy_(seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  SteadyTime now() const { return now_; }
  Entropy& entropy() { return entropy_; }

  // --- chance

  std::uint64_t draw(std::uint64_t least, std::uint64_t most);  // both included
  milliseconds draw(milliseconds least, milliseconds most);
  bool chance(unsigned percent) { return draw(1, 100) <= percent; }

  // --- time

  // Events of the same time run in the order in which they were added.
  void at(SteadyTime time, Event event);
  void after(SteadyTime::duration delay, Event event) { at(now_ + delay, std::move(event)); }

  // Runs events until `done`, which is asked after each; false when there was none left, or
  // none before `limit` has passed.
  bool run_until(const std::function<bool()>& done, SteadyTime::duration limit);
  void run_for(SteadyTime::duration time);

 private:
  std::mt19937_64 chance_;
  SeededEntropy entropy_;
  SteadyTime now_ = SteadyTime(seconds(1'000'000));
  std::uint64_t added_ = 0;
  std::map<std::pair<SteadyTime, std::uint64_t>, Event> events_;
};

// 1 to `count` (a fifth of them under a sanitizer), or only what the environment's
// SOTTO_SIM_SEED says.
std::vector<std::uint64_t> seeds(std::uint64_t count);

// Runs `simulate(seed)` for each of seeds(count), up to the first that fails, and prints how to
// repeat that one.
void for_each_seed(std::uint64_t count, const std::function<void(std::uint64_t)>& simulate);

}  // namespace sotto::sim
