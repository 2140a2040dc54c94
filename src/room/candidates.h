// The path candidates of one session (docs/protocol.md section 5, "Paths"): what the peer was
// told of ours and when it has to hear more; what holds of the peer's.  Pure: the time comes
// in.
//
// Whoever goes by them knows that a peer may say anything: an address is tried gently, and what
// answers proves itself as every link does.
#pragma once
#include <optional>
#include <vector>

#include "base/time.h"
#include "wire/candidates.h"

namespace sotto::room {

// Ours, as far as the peer knows.
class ToldCandidates {
 public:
  static constexpr milliseconds lifetime{300'000};  // of what is told
  static constexpr milliseconds again_after = lifetime / 2;
  static constexpr milliseconds pause{1'000};  // between two messages

  // What to tell now, if anything: what has changed, or expires before long.
  std::optional<wire::Candidates> tell(const std::vector<wire::Candidate>& ours,
                                       SteadyTime now);
  // When tell() may have something at the latest, if nothing changes before.
  SteadyTime due() const;
  // The peer knows nothing of them: another session has begun.  Generations go on.
  void forget();

 private:
  std::uint64_t generation_ = 0;
  std::optional<SteadyTime> told_at_;
  std::vector<wire::Candidate> told_;
};

// The peer's.
class HeardCandidates {
 public:
  // So many messages are looked at in one breath, and one more each second.
  static constexpr unsigned burst = 16;
  static constexpr milliseconds refill{1'000};

  // False: they change nothing, since newer ones are known, or because too many come.
  bool take(wire::Candidates heard, SteadyTime now);

  // Those that hold at `now`.
  const std::vector<wire::Candidate>& at(SteadyTime now);
  std::uint64_t generation() const { return generation_; }  // 0: none came so far

 private:
  bool is_flood(SteadyTime now);

  std::uint64_t generation_ = 0;
  SteadyTime expires_;
  std::vector<wire::Candidate> candidates_;
  unsigned tokens_ = burst;
  std::optional<SteadyTime> refilled_;
};

}  // namespace sotto::room
