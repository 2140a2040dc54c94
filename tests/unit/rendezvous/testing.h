// What tests of rendezvous/ share: a host with a secret, its ways, and a moment.
#pragma once
#include "rendezvous/publishing.h"
#include "rendezvous/record.h"
#include "support/seeded_entropy.h"

namespace sotto::rendezvous {

inline constexpr std::uint32_t today = 20'412;
inline constexpr WallTime noon = WallTime(std::chrono::days(today)) + std::chrono::hours(12);

inline Whereabouts ways_at(std::uint16_t port) {
  Whereabouts ways;
  ways.direct = {{.address = {.host = "192.0.2.7", .port = port},
                  .source = wire::AddressSource::interface}};
  return ways;
}

struct SomeHost {
  explicit SomeHost(std::uint64_t seed = 5) : entropy(seed) {}

  Bytes blob(const wire::RendezvousRecord& record, std::uint32_t day) {
    return publish(record, keys, secret, day, entropy).value();
  }

  SeededEntropy entropy;
  crypto::Ed25519KeyPair keys = crypto::Ed25519KeyPair::generate(entropy);
  crypto::SymmetricKey secret{entropy};
};

}  // namespace sotto::rendezvous
