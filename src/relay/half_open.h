// Connections on which TLS and WebSocket do not stand yet: so many at most, and when one more
// comes another has to go, so that whoever opens thousands and says nothing locks nobody out.
//
// The one that goes is the oldest of the address block that has the most.  Not thread-safe.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "relay/address_block.h"
#include "relay/slots.h"

namespace sotto::relay {

class HalfOpen {
 public:
  explicit HalfOpen(std::size_t limit) : limit_(limit) {}

  // One has come; the one that has to go for it, which is removed, if any has to.
  std::optional<ConnectionId> add(ConnectionId connection, const AddressBlock& block);
  // It stands now, or has ended.  One that is not here is no error.
  void remove(ConnectionId connection, const AddressBlock& block);

  std::size_t size() const { return size_; }

 private:
  std::size_t limit_;
  std::size_t size_ = 0;
  std::map<AddressBlock, std::deque<ConnectionId>> blocks_;  // each from the oldest
};

}  // namespace sotto::relay
