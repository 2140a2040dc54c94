#include "reach/endpoint.h"

#include <gtest/gtest.h>

namespace sotto::reach {
namespace {

IpAddress address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(Endpoint, TextComesBack) {
  for (const char* text : {"192.0.2.1:80", "[2001:db8::1]:65535", "0.0.0.0:0", "[::]:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(to_string(*endpoint), text);
  }
  EXPECT_EQ(to_string(*parse_endpoint("[::ffff:192.0.2.1]:80")), "192.0.2.1:80");
}

TEST(Endpoint, HaveAnOrder) {
  const auto endpoint = [](const char* text) { return *parse_endpoint(text); };
  EXPECT_LT(endpoint("192.0.2.1:80"), endpoint("192.0.2.1:81"));
  EXPECT_LT(endpoint("192.0.2.1:80"), endpoint("192.0.2.2:1"));
  EXPECT_LT(endpoint("192.0.2.1:80"), endpoint("[2001:db8::1]:1"));
  EXPECT_EQ(endpoint("192.0.2.1:80") <=> endpoint("192.0.2.1:80"), std::strong_ordering::equal);
}

TEST(Endpoint, NothingElseIsOne) {
  for (const char* text :
       {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:8x",
        "[192.0.2.1]:80", "2001:db8::1:80", "[2001:db8::1]", "host:80", "192.0.2:80"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(Endpoint, PrivateAddresses) {
  for (const char* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                           "169.254.0.1", "100.64.0.1", "fe80::1", "fd00::1", "fc00::1"}) {
    EXPECT_TRUE(is_private(address(text))) << text;
  }
  for (const char* text : {"11.0.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1", "100.63.0.1",
                           "100.128.0.1", "2001:db8::1", "8.8.8.8"}) {
    EXPECT_FALSE(is_private(address(text))) << text;
  }
  EXPECT_TRUE(is_carrier(address("100.127.255.255")));
  EXPECT_FALSE(is_carrier(address("10.0.0.1")));
}

TEST(Endpoint, PeersAreUnicast) {
  for (const char* text : {"192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1"}) {
    EXPECT_TRUE(is_unicast(address(text))) << text;
  }
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "ff02::1"}) {
    EXPECT_FALSE(is_unicast(address(text))) << text;
  }
}

}  // namespace
}  // namespace sotto::reach
