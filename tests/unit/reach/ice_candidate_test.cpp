#include "reach/ice_candidate.h"

#include <gtest/gtest.h>

namespace sotto::reach {
namespace {

using enum CandidateKind;
using enum CandidateTransport;

Candidate candidate(CandidateTransport transport, const char* address) {
  return {host, transport, *parse_endpoint(address), 1, "1"};
}

TEST(IceCandidate, PrioritiesAreThoseOfRfc8445And6544) {
  // 126 * 2^24 + 8191 * 2^8 + 255
  EXPECT_EQ(candidate_priority(host, udp, 8191), 2'116'026'367U);
  EXPECT_EQ(candidate_priority(relayed, udp, 0), 255U);
  // 100 * 2^24 + (6 * 2^13 + 1) * 2^8 + 255
  EXPECT_EQ(candidate_priority(server_reflexive, tcp_so, 1), 1'690'305'023U);
  EXPECT_GT(candidate_priority(host, tcp_active, 0),
            candidate_priority(host, tcp_passive, 8191));
  EXPECT_GT(candidate_priority(host, tcp_passive, 0), candidate_priority(host, tcp_so, 8191));
  EXPECT_GT(candidate_priority(host, tcp_so, 0), candidate_priority(host, udp, 8191));
  EXPECT_GT(candidate_priority(host, udp, 0), candidate_priority(peer_reflexive, tcp_so, 8191));
  EXPECT_GT(candidate_priority(peer_reflexive, udp, 0),
            candidate_priority(server_reflexive, tcp_so, 8191));
  EXPECT_GT(candidate_priority(server_reflexive, udp, 0),
            candidate_priority(relayed, tcp_active, 8191));
}

TEST(IceCandidate, BothSidesGiveAPairTheSamePriority) {
  // 2^32 * 1 + 2 * 3 + 1, and without the 1.
  EXPECT_EQ(pair_priority(3, 1), 4'294'967'303U);
  EXPECT_EQ(pair_priority(1, 3), 4'294'967'302U);
  EXPECT_EQ(pair_priority(0x7fffffff, 0x7fffffff), 0x7ffffffffffffffeU);
}

TEST(IceCandidate, PairsNeedAFamilyAndSomebodyWhoConnects) {
  const auto pairs = [](CandidateTransport ours, const char* a, CandidateTransport theirs,
                        const char* b) {
    return can_pair(candidate(ours, a), candidate(theirs, b));
  };
  const char* v4 = "192.0.2.1:80";
  const char* v6 = "[2001:db8::1]:80";
  const char* link = "[fe80::1]:80";
  EXPECT_TRUE(pairs(udp, v4, udp, v4));
  EXPECT_TRUE(pairs(tcp_active, v4, tcp_passive, v4));
  EXPECT_TRUE(pairs(tcp_so, v6, tcp_so, v6));
  EXPECT_TRUE(pairs(udp, link, udp, link));
  EXPECT_FALSE(pairs(udp, v4, udp, v6));
  EXPECT_FALSE(pairs(udp, link, udp, v6));
  EXPECT_FALSE(pairs(udp, v4, tcp_passive, v4));
  EXPECT_FALSE(pairs(tcp_passive, v4, tcp_active, v4));
  EXPECT_FALSE(pairs(tcp_active, v4, tcp_active, v4));
  EXPECT_FALSE(pairs(tcp_so, v4, tcp_passive, v4));
}

TEST(IceCandidate, WhatAPeerMayNotPointAt) {
  const std::vector<Endpoint> refused{*parse_endpoint("5.5.0.10:0"),
                                      *parse_endpoint("5.5.0.11:443")};
  const auto accepts = [&](const char* address) {
    return is_acceptable(candidate(udp, address), refused);
  };
  EXPECT_TRUE(accepts("192.0.2.1:80"));
  EXPECT_TRUE(accepts("192.168.1.1:80"));
  EXPECT_TRUE(accepts("5.5.0.11:444"));
  for (const char* address :
       {"127.0.0.1:80", "[::1]:80", "224.0.0.1:80", "[ff02::1]:80", "255.255.255.255:80",
        "0.0.0.0:80", "[::]:80", "192.0.2.1:0", "5.5.0.10:80", "5.5.0.11:443"}) {
    EXPECT_FALSE(accepts(address)) << address;
  }
  Candidate strange = candidate(udp, "192.0.2.1:80");
  strange.priority = 0;
  EXPECT_FALSE(is_acceptable(strange, refused));
  strange.priority = 0x80000000;
  EXPECT_FALSE(is_acceptable(strange, refused));
}

TEST(IceCandidate, Words) {
  EXPECT_EQ(to_string(host), "host");
  EXPECT_EQ(to_string(peer_reflexive), "prflx");
  EXPECT_EQ(to_string(server_reflexive), "srflx");
  EXPECT_EQ(to_string(relayed), "relay");
  EXPECT_EQ(to_string(udp), "udp");
  EXPECT_EQ(to_string(tcp_active), "tcp-active");
  EXPECT_EQ(to_string(tcp_passive), "tcp-passive");
  EXPECT_EQ(to_string(tcp_so), "tcp-so");
}

}  // namespace
}  // namespace sotto::reach
