#include "relay/journal.h"

namespace sotto::relay {
namespace {

constexpr std::chrono::minutes pause{1};

}  // namespace

void Journal::write(Notice notice) {
  const std::lock_guard lock(mutex_);
  sink_(notice);
}

void Journal::write_seldom(Notice notice, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_first] = told_.try_emplace(notice.code + " " + notice.text, Told{now});
  if (!is_first) {
    if (now - at->second.last < pause) {
      ++at->second.since;
      return;
    }
    at->second.last = now;
    if (const auto often = std::exchange(at->second.since, 0); often > 0) {
      notice.fields.emplace_back("also_since", std::to_string(often));
    }
  }
  sink_(notice);
}

void Journal::write_seldom_of(const AddressBlock& block, Notice notice, SteadyTime now) {
  if (with_addresses_) notice.fields.emplace_back("from", block.text());
  write_seldom(std::move(notice), now);
}

}  // namespace sotto::relay
