#include "relay/guard.h"

#include <cassert>

namespace sotto::relay {
namespace {

// Beyond its limit a block has so many connections more in which it is told of it.
constexpr std::size_t told = 16;

}  // namespace

Guard::Block& Guard::of(const AddressBlock& block, SteadyTime now) {
  return blocks_
      .try_emplace(block, Block{.connections = 0,
                                .requests = TokenBucket(limits_.requests_a_block, now),
                                .bytes = TokenBucket(limits_.bytes_a_block, now)})
      .first->second;
}

Guard::Entry Guard::enter(const AddressBlock& block, SteadyTime now) {
  Block& here = of(block, now);
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
    return block.connections == 0 && block.requests.is_full(limits_.requests_a_block, now) &&
           block.bytes.is_full(limits_.bytes_a_block, now);
  });
}

}  // namespace sotto::relay
