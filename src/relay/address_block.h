// Where a connection comes from, as far as limits are concerned: what one household, office or
// server has by itself, so that whoever owns many addresses is still one.
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace sotto::relay {

class AddressBlock {
 public:
  // The /24 of an IPv4 address (4 bytes, or 16 of which the first say that it is one), the /64
  // of an IPv6 address (16 bytes); any other length is our bug (asserted).
  explicit AddressBlock(ByteView address);
  AddressBlock() = default;  // that of no address

  ByteView view() const { return bytes_; }
  std::string text() const;  // "192.0.2.0/24", "2001:db8:0:1::/64"

  friend auto operator<=>(const AddressBlock&, const AddressBlock&) = default;

 private:
  std::array<std::byte, 9> bytes_{};  // 4 or 6, then the prefix
};

}  // namespace sotto::relay
