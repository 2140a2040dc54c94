#include "room/candidates.h"

#include <algorithm>
#include <cassert>

#include "wire/limits.h"

namespace sotto::room {

std::optional<wire::Candidates> ToldCandidates::tell(const std::vector<wire::Candidate>& ours,
                                                     SteadyTime now) {
  assert(ours.size() <= wire::candidates_limit);
  if (!told_at_ && ours.empty()) return std::nullopt;
  if (told_at_) {
    if (now < *told_at_ + pause) return std::nullopt;
    const bool expires_soon = !ours.empty() && now >= *told_at_ + again_after;
    if (ours == told_ && !expires_soon) return std::nullopt;
  }
  told_ = ours;
  told_at_ = now;
  return wire::Candidates{++generation_, lifetime, ours};
}

SteadyTime ToldCandidates::due() const {
  return told_at_ && !told_.empty() ? *told_at_ + again_after : SteadyTime::max();
}

void ToldCandidates::forget() {
  told_at_.reset();
  told_.clear();
}

bool HeardCandidates::is_flood(SteadyTime now) {
  if (!refilled_) refilled_ = now;
  const auto new_tokens = (now - *refilled_) / refill;
  if (new_tokens > 0) {
    *refilled_ += new_tokens * refill;
    tokens_ = static_cast<unsigned>(std::min<std::int64_t>(burst, tokens_ + new_tokens));
  }
  if (tokens_ == 0) return true;
  --tokens_;
  return false;
}

bool HeardCandidates::take(wire::Candidates heard, SteadyTime now) {
  if (is_flood(now) || heard.generation <= generation_) return false;
  generation_ = heard.generation;
  candidates_ = std::move(heard.candidates);
  expires_ = now + heard.lifetime;
  return true;
}

const std::vector<wire::Candidate>& HeardCandidates::at(SteadyTime now) {
  if (now >= expires_) candidates_.clear();
  return candidates_;
}

}  // namespace sotto::room
