// The pairs of candidates between two sides, and which is to be checked next (RFC 8445 section
// 6.1.2 and 6.1.4.2).
//
//   frozen -> waiting -> in_progress -> succeeded
//               ^             |
//               +- triggered -+-> failed
//
// Of pairs with the same foundation one is tried first; its success thaws the others, and so
// does having nothing better to do.
#pragma once
#include <deque>
#include <optional>
#include <vector>

#include "reach/ice_candidate.h"

namespace sotto::reach {

inline constexpr std::size_t pairs_limit = 100;

enum class PairState : std::uint8_t { frozen, waiting, in_progress, succeeded, failed };

struct CandidatePair {
  std::size_t base = 0;  // what it is sent from
  Candidate local;
  Candidate remote;
  std::uint64_t priority = 0;
  PairState state = PairState::frozen;
  bool nominated = false;  // by the side that is controlling; counts once it has succeeded

  bool is_to(std::size_t from_base, const Endpoint& to, bool udp) const {
    return base == from_base && remote.address == to &&
           (remote.transport == CandidateTransport::udp) == udp;
  }
};

using PairNumber = std::size_t;  // stays the same for as long as the list lives

class IceCheckList {
 public:
  // Adds the pair unless there is one from the same base to the same address, or too many that
  // are better.  Its number, of the one there was as well; nothing where there was no room.
  std::optional<PairNumber> add(CandidatePair pair);

  const std::vector<CandidatePair>& pairs() const { return pairs_; }
  CandidatePair& at(PairNumber number) { return pairs_.at(number); }
  std::optional<PairNumber> find(std::size_t base, const Endpoint& to, bool udp) const;

  // To be checked before all others, because the other side's check just came through.
  void trigger(PairNumber number);
  // The one to be checked now, in progress from here on.
  std::optional<PairNumber> next();
  bool has_next() const;

  void set_succeeded(PairNumber number);
  void set_failed(PairNumber number) { at(number).state = PairState::failed; }

  // The best that succeeded.
  std::optional<PairNumber> best() const;
  // Whether one that is better than `number` may yet succeed.
  bool may_improve(PairNumber number) const;
  bool all_failed() const;

  // We turned from controlling to controlled, or back: who counts for what changes.
  void set_controlling(bool controlling);

 private:
  static std::string foundation_of(const CandidatePair& pair);
  bool thaw();

  bool controlling_ = false;
  std::vector<CandidatePair> pairs_;
  std::deque<PairNumber> triggered_;
};

}  // namespace sotto::reach
