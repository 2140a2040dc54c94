// Says the same thing once in a while only: what a peer or a local program can cause as often
// as it likes must not flood whoever reads it.
#pragma once
#include <map>
#include <string>

#include "base/time.h"

namespace sotto::node {

class Seldom {
 public:
  explicit Seldom(milliseconds pause) : pause_(pause) {}

  // Whether to say it now.  There are few different `what`: they are kept for ever.
  bool may_say(const std::string& what, SteadyTime now) {
    const auto [at, is_new] = last_.try_emplace(what, now);
    if (is_new) return true;
    if (now - at->second < pause_) return false;
    at->second = now;
    return true;
  }

 private:
  milliseconds pause_;
  std::map<std::string, SteadyTime> last_;
};

}  // namespace sotto::node
