#include "relay/address_block.h"

#include <algorithm>
#include <cassert>
#include <cstdio>

namespace sotto::relay {
namespace {

constexpr std::size_t ipv4_bytes = 4;
constexpr std::size_t ipv6_bytes = 16;
constexpr std::size_t ipv4_prefix = 3;
constexpr std::size_t ipv6_prefix = 8;

// ::ffff:0:0/96 (RFC 4291 section 2.5.5.2): an IPv4 peer of a socket for both families.
bool is_mapped(ByteView address) {
  return std::ranges::all_of(address.first(10),
                             [](std::byte b) { return b == std::byte{0}; }) &&
         address[10] == std::byte{0xff} && address[11] == std::byte{0xff};
}

}  // namespace

AddressBlock::AddressBlock(ByteView address) {
  assert(address.size() == ipv4_bytes || address.size() == ipv6_bytes);
  if (address.size() == ipv6_bytes && is_mapped(address)) address = address.last(ipv4_bytes);
  const bool is_ipv4 = address.size() == ipv4_bytes;
  bytes_[0] = std::byte{is_ipv4 ? std::uint8_t{4} : std::uint8_t{6}};
  std::ranges::copy(address.first(is_ipv4 ? ipv4_prefix : ipv6_prefix), bytes_.begin() + 1);
}

std::string AddressBlock::text() const {
  const auto at = [this](std::size_t i) { return static_cast<unsigned>(bytes_[i + 1]); };
  std::array<char, 48> out{};
  if (bytes_[0] == std::byte{4}) {
    std::snprintf(out.data(), out.size(), "%u.%u.%u.0/24", at(0), at(1), at(2));
  } else if (bytes_[0] == std::byte{6}) {
    std::snprintf(out.data(), out.size(), "%x:%x:%x:%x::/64", at(0) << 8 | at(1),
                  at(2) << 8 | at(3), at(4) << 8 | at(5), at(6) << 8 | at(7));
  }
  return out.data();
}

}  // namespace sotto::relay
