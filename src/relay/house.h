// What all connections of a relay share.  Its parts may be used by any thread.
#pragma once
#include <atomic>
#include <memory>

#include "relay/access_tokens.h"
#include "relay/journal.h"
#include "relay/limits.h"
#include "relay/metrics.h"
#include "relay/store.h"
#include "relay/switchboard.h"
#include "tls/context.h"

namespace sotto::relay {

struct House {
  House(const Limits& its_limits, Entropy& its_entropy, Journal::Sink sink, bool with_addresses)
      : limits(its_limits),
        entropy(its_entropy),
        journal(std::move(sink), with_addresses),
        switchboard(limits, its_entropy) {}

  const Limits limits;
  Entropy& entropy;
  Journal journal;
  Switchboard switchboard;
  Metrics metrics;
  std::unique_ptr<Store> store;
  std::unique_ptr<tls::ServerContext> tls;
  std::atomic<std::shared_ptr<const AccessTokens>> tokens;  // null: everybody is let in
  std::atomic<bool> draining = false;
  std::atomic<bool> memory_full = false;
};

inline SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}
inline WallTime wall_now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace sotto::relay
