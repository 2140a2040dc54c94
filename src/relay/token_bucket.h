// So much a second, and a reserve that is saved up: what limits requests and bytes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace sotto::relay {

struct Rate {
  double a_second = 0;  // 0: without limit
  double burst = 0;     // what can be saved up
};

class TokenBucket {
 public:
  TokenBucket(const Rate& rate, SteadyTime now) : level_(rate.burst), filled_(now) {}

  // Takes `amount` if it is there.
  bool take(const Rate& rate, double amount, SteadyTime now) {
    if (rate.a_second <= 0) return true;
    fill(rate, now);
    if (level_ < amount) return false;
    level_ -= amount;
    return true;
  }

  // Takes `amount` in any case, and says how long to wait before the next.
  milliseconds owe(const Rate& rate, double amount, SteadyTime now) {
    if (rate.a_second <= 0) return milliseconds(0);
    fill(rate, now);
    level_ -= amount;
    if (level_ >= 0) return milliseconds(0);
    return milliseconds(static_cast<std::int64_t>(-level_ * 1000 / rate.a_second) + 1);
  }

  // Nothing was taken for so long that a new one would be the same.
  bool is_full(const Rate& rate, SteadyTime now) const {
    return rate.a_second <= 0 || level_at(rate, now) >= rate.burst;
  }

 private:
  double level_at(const Rate& rate, SteadyTime now) const {
    const std::chrono::duration<double> passed = now - filled_;
    return std::min(rate.burst, level_ + passed.count() * rate.a_second);
  }
  void fill(const Rate& rate, SteadyTime now) {
    level_ = level_at(rate, now);
    filled_ = now;
  }

  double level_;
  SteadyTime filled_;
};

}  // namespace sotto::relay
