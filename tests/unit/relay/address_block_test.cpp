#include "relay/address_block.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sotto::relay {
namespace {

AddressBlock of(std::string_view hex) {
  return AddressBlock(*from_hex(hex));
}

TEST(AddressBlocks, OfIpv4AreTheFirst24Bits) {
  EXPECT_EQ(of("c0000201"), of("c00002ff"));
  EXPECT_NE(of("c0000201"), of("c0000301"));
  EXPECT_EQ(of("c0000201").text(), "192.0.2.0/24");
}

TEST(AddressBlocks, OfIpv6AreTheFirst64Bits) {
  EXPECT_EQ(of("20010db8000000010000000000000001"), of("20010db8000000011234000000000001"));
  EXPECT_NE(of("20010db8000000010000000000000001"), of("20010db8000000020000000000000001"));
  EXPECT_EQ(of("20010db8000000010000000000000001").text(), "2001:db8:0:1::/64");
}

// A socket for both families shows IPv4 peers so: they are not all one block.
TEST(AddressBlocks, MappedOnesAreIpv4) {
  EXPECT_EQ(of("00000000000000000000ffffc0000201"), of("c0000207"));
  EXPECT_NE(of("00000000000000000000ffffc0000201"), of("00000000000000000000ffffc0000301"));
}

// The same bytes in front mean nothing.
TEST(AddressBlocks, FamiliesDiffer) {
  EXPECT_NE(of("20010d00"), of("20010d00000000000000000000000000"));
  EXPECT_EQ(AddressBlock().text(), "");
}

}  // namespace
}  // namespace sotto::relay
