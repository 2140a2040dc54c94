// How often strangers may try the password of an open room (docs/protocol.md section 3, "Open
// rooms").
//
// The first tries are free; then each closes the door for a pause that doubles, up to a longest
// one.  A try counts as wrong from its beginning until it has shown to be right, so that many
// at once gain nothing.  Only newcomers wait: members come by their own access, never by the
// password.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace sotto::session {

class PasswordBackoff {
 public:
  static constexpr unsigned free_tries = 3;
  static constexpr milliseconds first_pause{1'000};
  static constexpr milliseconds longest_pause{60'000};
  // Without a try for so long, all is forgotten.
  static constexpr milliseconds memory{600'000};

  using Try = std::uint64_t;

  // Nothing while the door is closed.
  std::optional<Try> begin(SteadyTime now);

  // This try had the password: it counts no more, and the door is as it was before.
  void was_right(Try which);

 private:
  unsigned wrong_ = 0;
  Try last_ = 0;
  SteadyTime last_begun_;
  std::optional<SteadyTime> closed_until_;
};

}  // namespace sotto::session
