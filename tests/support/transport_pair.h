// The two ends of a handshake that need not take place: keys drawn from a seed.
#pragma once
#include <utility>

#include "noise/handshake_state.h"
#include "support/seeded_entropy.h"

namespace sotto {

// What the initiator and the responder would have got from HandshakeState::finish().
inline std::pair<noise::Transport, noise::Transport> transport_pair(std::uint64_t seed = 1) {
  SeededEntropy entropy(seed);
  const crypto::SymmetricKey one(entropy);
  const crypto::SymmetricKey two(entropy);
  const crypto::SymmetricKey exporter(entropy);
  const crypto::Hash64 hash = entropy.bytes<64>();
  const auto end = [&](const crypto::SymmetricKey& send, const crypto::SymmetricKey& receive) {
    return noise::Transport{.send = noise::CipherState(send.copy()),
                            .receive = noise::CipherState(receive.copy()),
                            .handshake_hash = hash,
                            .exporter = exporter.copy(),
                            .remote_static = std::nullopt};
  };
  return {end(one, two), end(two, one)};
}

}  // namespace sotto
