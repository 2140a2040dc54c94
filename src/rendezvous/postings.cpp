#include "rendezvous/postings.h"

#include <algorithm>

#include "rendezvous/publishing.h"

namespace sotto::rendezvous {

Postings::Entry& Postings::entry(Posting posting) {
  const LinkRef ref = posting.ref;
  auto at = entries_.find(ref);
  if (at == entries_.end()) {
    at = entries_.emplace(ref, Entry{}).first;
    at->second.kept.resize(due_.size());
  }
  Entry& entry = at->second;
  for (auto& days : entry.kept) {
    for (const std::uint32_t day : posting.old_days) days.try_emplace(day, 0);
  }
  entry.posting = std::move(posting);
  return entry;
}

void Postings::mark(const LinkRef& ref) {
  for (auto& due : due_) due.insert(ref);
}

void Postings::post(Posting posting) {
  const LinkRef ref = posting.ref;
  entry(std::move(posting)).withdrawn = false;
  mark(ref);
}

void Postings::withdraw(const LinkRef& ref) {
  const auto at = entries_.find(ref);
  if (at == entries_.end() || at->second.withdrawn) return;
  at->second.withdrawn = true;
  // A put that is under way may still arrive.
  for (auto& days : at->second.kept) {
    for (const std::uint32_t day : days_of(at->second.posting.record)) days.try_emplace(day, 0);
  }
  mark(ref);
}

void Postings::withdraw(Posting posting) {
  const LinkRef ref = posting.ref;
  entry(std::move(posting)).withdrawn = false;
  withdraw(ref);
}

std::vector<LinkRef> Postings::posted() const {
  std::vector<LinkRef> out;
  for (const auto& [ref, entry] : entries_) {
    if (!entry.withdrawn) out.push_back(ref);
  }
  return out;
}

const wire::RendezvousRecord* Postings::find(const LinkRef& ref) const {
  const auto at = entries_.find(ref);
  return at == entries_.end() || at->second.withdrawn ? nullptr : &at->second.posting.record;
}

// First what is to be found now, then what is of no use any more.
std::optional<Errand> Postings::lacking(const Entry& entry, std::size_t directory) const {
  const auto& kept = entry.kept[directory];
  const Posting& posting = entry.posting;
  const auto days = days_of(posting.record);
  if (!entry.withdrawn) {
    for (const std::uint32_t day : days) {
      const auto at = kept.find(day);
      if (at == kept.end() || at->second < posting.record.seq) {
        return Errand{directory, posting.ref, day, posting.record.seq};
      }
    }
  }
  for (const auto& [day, seq] : kept) {
    if (entry.withdrawn || std::ranges::find(days, day) == days.end()) {
      return Errand{directory, posting.ref, day, 0};
    }
  }
  return std::nullopt;
}

std::optional<Errand> Postings::next(std::size_t directory) const {
  for (const LinkRef& ref : due_[directory]) {
    const auto at = entries_.find(ref);
    if (at == entries_.end()) continue;
    if (auto errand = lacking(at->second, directory)) return errand;
  }
  return std::nullopt;
}

const Posting* Postings::subject(const Errand& errand) const {
  const auto at = entries_.find(errand.ref);
  return at == entries_.end() ? nullptr : &at->second.posting;
}

void Postings::done(const Errand& errand) {
  const auto at = entries_.find(errand.ref);
  if (at == entries_.end()) return;
  Entry& entry = at->second;
  auto& kept = entry.kept[errand.directory];
  if (errand.seq == 0) {
    kept.erase(errand.day);
  } else {
    kept[errand.day] = std::max(kept[errand.day], errand.seq);
  }
  if (lacking(entry, errand.directory)) return;
  due_[errand.directory].erase(errand.ref);
  if (!entry.withdrawn) return;
  if (!std::ranges::all_of(entry.kept, [](const auto& days) { return days.empty(); })) return;
  gone_.push_back(std::move(entry.posting));
  entries_.erase(at);
}

void Postings::put_off(const Errand& errand) {
  if (due_[errand.directory].erase(errand.ref) > 0) {
    put_off_[errand.directory].insert(errand.ref);
  }
}

void Postings::resume(std::size_t directory) {
  due_[directory].merge(put_off_[directory]);
  put_off_[directory].clear();
}

std::vector<Posting> Postings::gone() {
  return std::exchange(gone_, {});
}

}  // namespace sotto::rendezvous
