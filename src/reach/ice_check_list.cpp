#include "reach/ice_check_list.h"

#include <algorithm>

namespace sotto::reach {
namespace {

bool is_open(const CandidatePair& pair) {
  return pair.state == PairState::frozen || pair.state == PairState::waiting ||
         pair.state == PairState::in_progress;
}

std::uint64_t priority_of(const CandidatePair& pair, bool controlling) {
  return controlling ? pair_priority(pair.local.priority, pair.remote.priority)
                     : pair_priority(pair.remote.priority, pair.local.priority);
}

}  // namespace

std::string IceCheckList::foundation_of(const CandidatePair& pair) {
  return pair.local.foundation + " " + pair.remote.foundation;
}

std::optional<PairNumber> IceCheckList::find(std::size_t base, const Endpoint& to,
                                             bool udp) const {
  const auto found = std::ranges::find_if(
      pairs_, [&](const CandidatePair& pair) { return pair.is_to(base, to, udp); });
  if (found == pairs_.end()) return std::nullopt;
  return static_cast<PairNumber>(found - pairs_.begin());
}

std::optional<PairNumber> IceCheckList::add(CandidatePair pair) {
  const bool udp = pair.remote.transport == CandidateTransport::udp;
  if (const auto known = find(pair.base, pair.remote.address, udp)) return known;
  pair.priority = priority_of(pair, controlling_);
  const auto same = [&](const CandidatePair& other) {
    return is_open(other) && other.state != PairState::frozen &&
           foundation_of(other) == foundation_of(pair);
  };
  const auto thawed = [&](const CandidatePair& other) {
    return other.state == PairState::succeeded && foundation_of(other) == foundation_of(pair);
  };
  pair.state = std::ranges::any_of(pairs_, same) && std::ranges::none_of(pairs_, thawed)
                   ? PairState::frozen
                   : PairState::waiting;
  if (pairs_.size() < pairs_limit) {
    pairs_.push_back(std::move(pair));
    return pairs_.size() - 1;
  }
  // The worst that nothing has been sent for, or that came to nothing, makes room.
  PairNumber worst = pairs_.size();
  for (PairNumber i = 0; i < pairs_.size(); ++i) {
    const bool busy =
        pairs_[i].state == PairState::in_progress || pairs_[i].state == PairState::succeeded;
    if (busy || pairs_[i].priority >= pair.priority) continue;
    if (worst == pairs_.size() || pairs_[i].priority < pairs_[worst].priority) worst = i;
  }
  if (worst == pairs_.size()) return std::nullopt;
  std::erase(triggered_, worst);
  pairs_[worst] = std::move(pair);
  return worst;
}

void IceCheckList::trigger(PairNumber number) {
  CandidatePair& pair = at(number);
  if (pair.state == PairState::succeeded) return;
  pair.state = PairState::waiting;
  if (std::ranges::find(triggered_, number) == triggered_.end()) triggered_.push_back(number);
}

std::optional<PairNumber> IceCheckList::next() {
  while (!triggered_.empty()) {
    const PairNumber number = triggered_.front();
    triggered_.pop_front();
    if (at(number).state != PairState::waiting) continue;
    at(number).state = PairState::in_progress;
    return number;
  }
  std::optional<PairNumber> chosen;
  do {
    for (PairNumber i = 0; i < pairs_.size(); ++i) {
      if (pairs_[i].state != PairState::waiting) continue;
      if (!chosen || pairs_[i].priority > pairs_[*chosen].priority) chosen = i;
    }
  } while (!chosen && thaw());
  if (chosen) at(*chosen).state = PairState::in_progress;
  return chosen;
}

bool IceCheckList::has_next() const {
  return std::ranges::any_of(pairs_, [](const CandidatePair& pair) {
    return pair.state == PairState::waiting || pair.state == PairState::frozen;
  });
}

// With nothing waiting: the best of those that are frozen.
bool IceCheckList::thaw() {
  CandidatePair* best = nullptr;
  for (CandidatePair& pair : pairs_) {
    if (pair.state != PairState::frozen) continue;
    if (best == nullptr || pair.priority > best->priority) best = &pair;
  }
  if (best != nullptr) best->state = PairState::waiting;
  return best != nullptr;
}

void IceCheckList::set_succeeded(PairNumber number) {
  at(number).state = PairState::succeeded;
  for (CandidatePair& pair : pairs_) {
    if (pair.state == PairState::frozen && foundation_of(pair) == foundation_of(at(number))) {
      pair.state = PairState::waiting;
    }
  }
}

std::optional<PairNumber> IceCheckList::best() const {
  std::optional<PairNumber> found;
  for (PairNumber i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].state != PairState::succeeded) continue;
    if (!found || pairs_[i].priority > pairs_[*found].priority) found = i;
  }
  return found;
}

bool IceCheckList::may_improve(PairNumber number) const {
  return std::ranges::any_of(pairs_, [&](const CandidatePair& pair) {
    return is_open(pair) && pair.priority > pairs_.at(number).priority;
  });
}

bool IceCheckList::all_failed() const {
  return std::ranges::all_of(
      pairs_, [](const CandidatePair& pair) { return pair.state == PairState::failed; });
}

void IceCheckList::set_controlling(bool controlling) {
  controlling_ = controlling;
  for (CandidatePair& pair : pairs_) pair.priority = priority_of(pair, controlling);
}

}  // namespace sotto::reach
