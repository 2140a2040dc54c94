#include "relay/guard.h"

#include <algorithm>
#include <cassert>

namespace sotto::relay {
namespace {

// Beyond its limit a block has so many connections more in which it is told of it.
constexpr std::size_t told = 16;

// How fast a block's connections may come: each handshake costs the relay more than the client.
Rate arrivals_of(const Limits& limits) {
  constexpr std::size_t least = 512;
  const auto at_once = static_cast<double>(std::max(limits.connections_a_block, least));
  return {.a_second = at_once / 10, .burst = at_once};
}

}  // namespace

Guard::Block& Guard::of(const AddressBlock& block, SteadyTime now) {
  return blocks_
      .try_emplace(block, Block{.connections = 0,
                                .arrivals = TokenBucket(arrivals_of(limits_), now),
                                .requests = TokenBucket(limits_.requests_a_block, now),
                                .bytes = TokenBucket(limits_.bytes_a_block, now)})
      .first->second;
}

Guard::Entry Guard::enter(const AddressBlock& block, SteadyTime now) {
  Block& here = of(block, now);
  if (!here.arrivals.take(arrivals_of(limits_), 1, now)) return Entry::dropped;
  if (here.connections >= limits_.connections_a_block + told) return Entry::dropped;
  ++here.connections;
  ++connections_;
  return here.connections > limits_.connections_a_block ? Entry::refused : Entry::granted;
}

void Guard::leave(const AddressBlock& block) {
  const auto at = blocks_.find(block);
  assert(at != blocks_.end() && at->second.connections > 0);
  --at->second.connections;
  --connections_;
}

bool Guard::take_request(const AddressBlock& block, SteadyTime now) {
  return of(block, now).requests.take(limits_.requests_a_block, 1, now);
}

milliseconds Guard::count_bytes(const AddressBlock& block, std::size_t bytes, SteadyTime now) {
  if (limits_.bytes_a_block.a_second <= 0) return milliseconds(0);
  return of(block, now).bytes.owe(limits_.bytes_a_block, static_cast<double>(bytes), now);
}

void Guard::sweep(SteadyTime now) {
  std::erase_if(blocks_, [&](const auto& entry) {
    const Block& block = entry.second;
    return block.connections == 0 && block.arrivals.is_full(arrivals_of(limits_), now) &&
           block.requests.is_full(limits_.requests_a_block, now) &&
           block.bytes.is_full(limits_.bytes_a_block, now);
  });
}

}  // namespace sotto::relay
