#include "reach/mapping_message.h"

#include <gtest/gtest.h>
#include <string>

#include "base/encoding.h"
#include "support/mutations.h"
#include "support/results.h"

namespace sotto::reach {
namespace {

IpAddress address(const char* text) {
  return boost::asio::ip::make_address(text);
}

const std::string nonce_text = "000102030405060708090a0b";
const MappingNonce nonce = *MappingNonce::from(*from_hex(nonce_text));

// 192.168.1.10 and 5.5.0.20 as IPv6 has them.
const std::string self_text = "00000000000000000000ffffc0a8010a";
const std::string outside_text = "00000000000000000000ffff05050014";

// TCP, port 4321 inside, 40000 outside, for 4500 s at second 600 of the gateway's time.
const std::string pcp_mapped =
    "02810000"
    "00001194"
    "00000258"
    "000000000000000000000000" +
    nonce_text +
    "06000000"
    "10e1"
    "9c40" +
    outside_text;
const std::string nat_pmp_mapped =
    "00820000"
    "00000258"
    "10e19c40"
    "00001194";

Result<MappingAnswer> read(const std::string& text) {
  return read_mapping_answer(*from_hex(text));
}

template <class T>
T read_as(const std::string& text) {
  return std::get<T>(must(read(text)));
}

MappingWish wish(std::uint16_t external) {
  return {MappedProtocol::tcp, 4321, external, seconds(4500)};
}

TEST(MappingMessage, PcpRequestsAreThoseOfRfc6887) {
  const std::string head =
      "02010000"
      "00001194" +
      self_text + nonce_text + "06000000" + "10e1";
  EXPECT_EQ(to_hex(pcp_map_request(wish(0), nonce, address("192.168.1.10"), {})),
            head + "0000" + "00000000000000000000ffff00000000");
  EXPECT_EQ(
      to_hex(pcp_map_request(wish(40000), nonce, address("192.168.1.10"), address("5.5.0.20"))),
      head + "9c40" + outside_text);
  // Over IPv6 any address is "::", and a pinhole for UDP is taken back.
  EXPECT_EQ(to_hex(pcp_map_request({MappedProtocol::udp, 4321, 0, seconds(0)}, nonce,
                                   address("2001:db8::1"), {})),
            "0201000000000000"
            "20010db8000000000000000000000001" +
                nonce_text +
                "11000000"
                "10e10000"
                "00000000000000000000000000000000");
}

TEST(MappingMessage, NatPmpRequestsAreThoseOfRfc6886) {
  EXPECT_EQ(to_hex(nat_pmp_address_request()), "0000");
  EXPECT_EQ(to_hex(nat_pmp_map_request(wish(40000))), "0002000010e19c4000001194");
  EXPECT_EQ(to_hex(nat_pmp_map_request({MappedProtocol::udp, 4321, 0, seconds(0)})),
            "0001000010e1000000000000");
}

TEST(MappingMessage, ReadsWhatPcpMapped) {
  const auto mapped = read_as<PcpMapped>(pcp_mapped);
  EXPECT_EQ(mapped.result, 0);
  EXPECT_EQ(mapped.lifetime, seconds(4500));
  EXPECT_EQ(mapped.epoch, 600U);
  EXPECT_EQ(mapped.nonce, nonce);
  EXPECT_EQ(mapped.protocol, MappedProtocol::tcp);
  EXPECT_EQ(mapped.internal_port, 4321);
  EXPECT_EQ(to_string(mapped.external), "5.5.0.20:40000");
}

TEST(MappingMessage, OptionsOfPcpAreSkipped) {
  EXPECT_EQ(read_as<PcpMapped>(pcp_mapped + "02000004" + "00000000").lifetime, seconds(4500));
  EXPECT_EQ(error_of(read(pcp_mapped + "0200")), "portmap.malformed");
}

TEST(MappingMessage, ReadsRefusalsOfPcp) {
  std::string refused = pcp_mapped;
  refused.replace(6, 2, "08");
  const auto answer = read_as<PcpMapped>(refused);
  EXPECT_EQ(answer.result, 8);
  EXPECT_EQ(describe_pcp_result(answer.result), "the gateway has no more ports");
  EXPECT_EQ(describe_pcp_result(13), "the gateway allows no more peers");
  EXPECT_EQ(describe_pcp_result(14), "the gateway gave an unknown reason");
}

TEST(MappingMessage, ReadsThatAGatewayBeganAnew) {
  EXPECT_EQ(read_as<PcpAnnounced>("0280000000000000"
                                  "00000007"
                                  "000000000000000000000000")
                .epoch,
            7U);
}

TEST(MappingMessage, ReadsAnswersOfNatPmp) {
  const auto outside = read_as<NatPmpAddress>("008000000000025805050014");
  EXPECT_EQ(outside.result, 0);
  EXPECT_EQ(outside.epoch, 600U);
  EXPECT_EQ(outside.external, address("5.5.0.20"));
  const auto mapped = read_as<NatPmpMapped>(nat_pmp_mapped);
  EXPECT_EQ(mapped.protocol, MappedProtocol::tcp);
  EXPECT_EQ(mapped.internal_port, 4321);
  EXPECT_EQ(mapped.external_port, 40000);
  EXPECT_EQ(mapped.lifetime, seconds(4500));
  EXPECT_EQ(read_as<NatPmpMapped>("0081" + nat_pmp_mapped.substr(4)).protocol,
            MappedProtocol::udp);
}

TEST(MappingMessage, ReadsRefusalsOfNatPmp) {
  EXPECT_EQ(read_as<NatPmpMapped>("0082000200000258").result, 2);
  EXPECT_EQ(read_as<NatPmpAddress>("0080000300000258").result, 3);
  EXPECT_EQ(describe_nat_pmp_result(2), "the gateway does not allow it");
  EXPECT_EQ(describe_nat_pmp_result(6), "the gateway gave an unknown reason");
}

TEST(MappingMessage, OtherVersionsAreTold) {
  // RFC 6886 section 3.5: how a gateway of NAT-PMP answers PCP.
  EXPECT_EQ(read_as<UnsupportedVersion>("00800001").spoken, 0);
  EXPECT_EQ(read_as<UnsupportedVersion>("0082000100000258").spoken, 0);
  EXPECT_EQ(read_as<UnsupportedVersion>("02810001").spoken, 2);
  EXPECT_EQ(read_as<UnsupportedVersion>("01810000").spoken, 1);
}

TEST(MappingMessage, OtherThingsAreNoAnswers) {
  for (const std::string& text :
       {std::string(), std::string("0082"), std::string("00020000"), std::string("0201000000"),
        std::string("0083000000000258"), "0282" + pcp_mapped.substr(4),
        std::string("0280000000000000"),
        // the protocol of neither
        pcp_mapped.substr(0, 72) + "84" + pcp_mapped.substr(74)}) {
    EXPECT_EQ(error_of(read(text)), "portmap.malformed") << text;
  }
  Bytes large = *from_hex(pcp_mapped);
  large.resize(mapping_message_limit);
  EXPECT_TRUE(read_mapping_answer(large));
  large.resize(mapping_message_limit + 4);
  EXPECT_EQ(error_of(read_mapping_answer(large)), "portmap.malformed");
}

TEST(MappingMessage, TruncatedAnswersAreNone) {
  for (const std::string& text : {pcp_mapped, nat_pmp_mapped}) {
    for_each_truncation(*from_hex(text), [](ByteView prefix) {
      EXPECT_EQ(error_of(read_mapping_answer(prefix)), "portmap.malformed") << prefix.size();
    });
  }
}

// Nothing vouches for the bits of an answer; each that means something must be seen.
TEST(MappingMessage, FlippedBitsAreSeenWhereTheyMeanSomething) {
  const auto same = [](const PcpMapped& a, const PcpMapped& b) {
    return a.result == b.result && a.lifetime == b.lifetime && a.epoch == b.epoch &&
           a.nonce == b.nonce && a.protocol == b.protocol &&
           a.internal_port == b.internal_port && a.external == b.external;
  };
  const Bytes whole = *from_hex(pcp_mapped);
  const auto right = read_as<PcpMapped>(pcp_mapped);
  int unseen = 0;
  for_each_flipped_bit(whole, [&](ByteView flipped) {
    const auto answer = read_mapping_answer(flipped);
    if (!answer) return;
    const auto* mapped = std::get_if<PcpMapped>(&*answer);
    if (mapped != nullptr && same(*mapped, right)) ++unseen;
  });
  EXPECT_EQ(unseen, 8 + 12 * 8 + 3 * 8);  // what is reserved
}

}  // namespace
}  // namespace sotto::reach
