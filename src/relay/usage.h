// How much is kept, for quotas and metrics.  On the store's threads.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "relay/store.h"

namespace sotto::relay {

struct Usage {
  std::int64_t records = 0;
  std::int64_t mailboxes = 0;
  std::int64_t deposits = 0;
  std::int64_t bytes = 0;  // of a payer: of deposits alone
};

Result<Usage> usage_of(store::Connection& connection, const Payer& payer);
Result<Usage> total_usage(store::Connection& connection);

// Removes what has expired: at most so many rows of each kind at once, so that others need not
// wait for long.  How many went.
inline constexpr std::int64_t sweep_rows = 2000;
Result<std::int64_t> sweep(store::Connection& connection, WallTime now);

}  // namespace sotto::relay
