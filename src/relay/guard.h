// What each address block takes of the relay: connections, requests, bytes through splices.
// Time comes in.  Not thread-safe: server.h has the lock.
#pragma once
#include <cstddef>
#include <map>

#include "base/time.h"
#include "relay/address_block.h"
#include "relay/limits.h"

namespace sotto::relay {

class Guard {
 public:
  explicit Guard(const Limits& limits) : limits_(limits) {}

  enum class Entry {
    granted,
    refused,  // the block has all it may have: it is told why
    dropped,  // and goes on trying: that costs more than it is worth
  };
  // A connection has come; what is not dropped must leave().
  Entry enter(const AddressBlock& block, SteadyTime now);
  void leave(const AddressBlock& block);

  // Whether the block may ask for something now.
  bool take_request(const AddressBlock& block, SteadyTime now);
  // How long to wait before more bytes are read from it.
  milliseconds count_bytes(const AddressBlock& block, std::size_t bytes, SteadyTime now);

  std::size_t connections() const { return connections_; }
  std::size_t blocks() const { return blocks_.size(); }
  // Forgets blocks of which nothing is left.
  void sweep(SteadyTime now);

 private:
  struct Block {
    std::size_t connections = 0;
    TokenBucket requests;
    TokenBucket bytes;
  };
  Block& of(const AddressBlock& block, SteadyTime now);

  const Limits& limits_;
  std::map<AddressBlock, Block> blocks_;
  std::size_t connections_ = 0;
};

}  // namespace sotto::relay
