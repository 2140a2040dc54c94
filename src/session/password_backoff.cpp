#include "session/password_backoff.h"

#include <algorithm>

namespace sotto::session {
namespace {

// After the n-th wrong try beyond the free ones, n from 0.
milliseconds pause_after(unsigned n) {
  constexpr unsigned doublings = 16;  // far beyond the longest
  return std::min(PasswordBackoff::first_pause * (1U << std::min(n, doublings)),
                  PasswordBackoff::longest_pause);
}

}  // namespace

std::optional<PasswordBackoff::Try> PasswordBackoff::begin(SteadyTime now) {
  if (closed_until_ && now < *closed_until_) return std::nullopt;
  if (wrong_ > 0 && now - last_begun_ >= memory) wrong_ = 0;
  ++wrong_;
  last_begun_ = now;
  closed_until_.reset();
  if (wrong_ >= free_tries) closed_until_ = now + pause_after(wrong_ - free_tries);
  return ++last_;
}

void PasswordBackoff::was_right(Try which) {
  if (wrong_ > 0) --wrong_;
  // Another that has begun since keeps the door closed.
  if (which == last_) closed_until_.reset();
}

}  // namespace sotto::session
