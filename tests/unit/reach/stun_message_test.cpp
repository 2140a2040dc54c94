#include "reach/stun_message.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/mutations.h"
#include "support/results.h"

namespace sotto::reach {
namespace {

// RFC 5769 section 2: what all but the last have in common.
constexpr const char* password = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr const char* transaction = "b7e7a701bc34d686fa87dfae";

const std::string head = std::string("2112a442") + transaction;

const std::string sample_request = "00010058" + head +
                                   "802200105354554e207465737420636c69656e74"
                                   "002400046e0001ff"
                                   "80290008932ff9b151263b36"
                                   "000600096576746a3a68367659202020"
                                   "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                                   "80280004e57a3bcf";
const std::string sample_v4 = "0101003c" + head +
                              "8022000b7465737420766563746f7220"
                              "002000080001a147e112a643"
                              "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                              "80280004c07d4c96";
const std::string sample_v6 = "01010048" + head +
                              "8022000b7465737420766563746f7220"
                              "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                              "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                              "80280004c8fb0b4c";
const std::string sample_long_term =
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679"
    "363473410014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

StunMessage decode(const std::string& text) {
  return must(StunMessage::decode(*from_hex(text)));
}

StunTransaction some_transaction() {
  return *StunTransaction::from(*from_hex(transaction));
}

TEST(StunMessage, ReadsTheRequestOfRfc5769) {
  const auto message = decode(sample_request);
  EXPECT_EQ(message.method(), StunMethod::binding);
  EXPECT_EQ(message.message_class(), StunClass::request);
  EXPECT_EQ(message.transaction(), some_transaction());
  EXPECT_EQ(message.text(StunType::software), "STUN test client");
  EXPECT_EQ(message.u32(StunType::priority), 0x6e0001ffU);
  EXPECT_EQ(message.u64(StunType::ice_controlled), 0x932ff9b151263b36U);
  EXPECT_EQ(message.text(StunType::username), "evtj:h6vY");
  EXPECT_TRUE(message.is_authentic(as_bytes(password)));
  EXPECT_FALSE(message.is_authentic(as_bytes("VOkJxbRl1RmTxUk/WvJxBT")));
}

TEST(StunMessage, ReadsTheResponsesOfRfc5769) {
  const auto v4 = decode(sample_v4);
  EXPECT_EQ(v4.message_class(), StunClass::success);
  EXPECT_EQ(to_string(*v4.address(StunType::xor_mapped_address)), "192.0.2.1:32853");
  EXPECT_TRUE(v4.is_authentic(as_bytes(password)));
  const auto v6 = decode(sample_v6);
  EXPECT_EQ(to_string(*v6.address(StunType::xor_mapped_address)),
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_TRUE(v6.is_authentic(as_bytes(password)));
}

TEST(StunMessage, ReadsTheLongTermRequestOfRfc5769) {
  const auto message = decode(sample_long_term);
  EXPECT_EQ(message.text(StunType::realm), "example.org");
  EXPECT_EQ(message.text(StunType::nonce), "f//499k954d6OL34oL9FSTvy64sA");
  const auto user = *message.text(StunType::username);
  EXPECT_TRUE(message.is_authentic(long_term_key(user, "example.org", "TheMatrIX")));
  EXPECT_FALSE(message.is_authentic(long_term_key(user, "example.com", "TheMatrIX")));
}

TEST(StunMessage, WritesTheBytesOfRfc5769WhereThePaddingIsZero) {
  // The RFC pads with spaces; zeros are as good, so only what needs none can be compared.
  StunMessage message(StunMethod::binding, StunClass::request, some_transaction());
  message.add(StunType::software, "STUN test client");
  message.add_u32(StunType::priority, 0x6e0001ff);
  message.add_u64(StunType::ice_controlled, 0x932ff9b151263b36);
  const std::string written = to_hex(message.encode_authentic(as_bytes(password)));
  EXPECT_EQ(written.substr(8, 32 + 40 + 16 + 24), sample_request.substr(8, 32 + 40 + 16 + 24));
  const auto read = decode(written);
  EXPECT_TRUE(read.is_authentic(as_bytes(password)));
  EXPECT_EQ(read.u32(StunType::priority), 0x6e0001ffU);
}

TEST(StunMessage, AddressesComeBackXoredOrNot) {
  for (const char* text : {"192.0.2.1:32853", "[2001:db8::1]:1", "255.255.255.255:65535"}) {
    const auto endpoint = *parse_endpoint(text);
    for (const auto type :
         {StunType::mapped_address, StunType::xor_mapped_address, StunType::xor_relayed_address,
          StunType::xor_peer_address, StunType::other_address, StunType::response_origin}) {
      StunMessage message(StunMethod::binding, StunClass::success, some_transaction());
      message.add_address(type, endpoint);
      const auto read = must(StunMessage::decode(message.encode()));
      EXPECT_EQ(read.address(type), endpoint) << text;
    }
  }
}

TEST(StunMessage, MethodsAndClassesKeepTheirBitsApart) {
  for (unsigned method = 0; method < 0x1000; ++method) {
    for (unsigned kind = 0; kind < 4; ++kind) {
      const StunMessage message(static_cast<StunMethod>(method), static_cast<StunClass>(kind),
                                some_transaction());
      const auto read = must(StunMessage::decode(message.encode()));
      ASSERT_EQ(static_cast<unsigned>(read.method()), method);
      ASSERT_EQ(static_cast<unsigned>(read.message_class()), kind);
    }
  }
  EXPECT_EQ(
      to_hex(
          StunMessage(StunMethod::allocate, StunClass::error, some_transaction()).encode(false))
          .substr(0, 4),
      "0113");
}

TEST(StunMessage, Errors) {
  StunMessage message(StunMethod::allocate, StunClass::error, some_transaction());
  message.add_error(438, "Stale Nonce");
  const auto error = must(StunMessage::decode(message.encode())).error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 438);
  EXPECT_EQ(error->reason, "Stale Nonce");
  for (const char* value : {"", "000004", "00000700", "00000264", "00000464"}) {
    StunMessage wrong(StunMethod::allocate, StunClass::error, some_transaction());
    wrong.add(StunType::error_code, ByteView(*from_hex(value)));
    EXPECT_FALSE(must(StunMessage::decode(wrong.encode())).error()) << value;
  }
}

TEST(StunMessage, ValuesOfTheWrongLengthAreNone) {
  StunMessage message(StunMethod::binding, StunClass::success, some_transaction());
  message.add(StunType::priority, "abc");
  message.add(StunType::ice_controlled, "abcdefg");
  message.add(StunType::xor_mapped_address, ByteView(*from_hex("00010050c0000201ff")));
  message.add(StunType::mapped_address, ByteView(*from_hex("00030050c0000201")));
  const auto read = must(StunMessage::decode(message.encode()));
  EXPECT_FALSE(read.u32(StunType::priority));
  EXPECT_FALSE(read.u64(StunType::ice_controlled));
  EXPECT_FALSE(read.address(StunType::xor_mapped_address));
  EXPECT_FALSE(read.address(StunType::mapped_address));
  EXPECT_FALSE(read.has(StunType::username));
}

TEST(StunMessage, WhatMustBeUnderstoodIsTold) {
  StunMessage message(StunMethod::binding, StunClass::request, some_transaction());
  message.add(static_cast<StunType>(0x7fff), "x");
  message.add(static_cast<StunType>(0x8fff), "x");
  message.add(StunType::username, "x");
  EXPECT_EQ(must(StunMessage::decode(message.encode())).not_understood(),
            std::vector<std::uint16_t>{0x7fff});
}

TEST(StunMessage, NothingBehindItsIntegrityIsBelieved) {
  StunMessage message(StunMethod::binding, StunClass::request, some_transaction());
  message.add(StunType::username, "anna");
  Bytes bytes = message.encode_authentic(as_bytes("key"), false);
  append(bytes, *from_hex("0025000080220004"
                          "61616161"));
  bytes[3] = static_cast<std::byte>(bytes.size() - stun_head_bytes);
  const auto read = must(StunMessage::decode(bytes));
  EXPECT_TRUE(read.is_authentic(as_bytes("key")));
  EXPECT_FALSE(read.has(StunType::use_candidate));
  EXPECT_FALSE(read.has(StunType::software));
}

TEST(StunMessage, DamageIsFound) {
  const Bytes whole = *from_hex(sample_request);
  for_each_truncation(whole, [](ByteView prefix) {
    EXPECT_EQ(error_of(StunMessage::decode(prefix)), "stun.malformed");
  });
  // Without its FINGERPRINT, whose type a flipped bit can make another's, it is authentic
  // still.
  for_each_flipped_bit(whole, [&](ByteView flipped) {
    const auto read = StunMessage::decode(flipped);
    const bool same = std::ranges::equal(flipped.first(whole.size() - 8),
                                         ByteView(whole).first(whole.size() - 8));
    EXPECT_TRUE(same || !read || !read->is_authentic(as_bytes(password)));
  });
  Bytes longer = whole;
  longer.resize(longer.size() + 4);
  EXPECT_EQ(error_of(StunMessage::decode(longer)), "stun.malformed");
}

TEST(StunMessage, LooksUnlikeOtherTraffic) {
  EXPECT_TRUE(looks_like_stun(*from_hex(sample_v4)));
  EXPECT_FALSE(looks_like_stun(as_bytes("GET / HTTP/1.1 and more")));
  Bytes channel_data = *from_hex(sample_v4);
  channel_data[0] = std::byte{0x40};
  EXPECT_FALSE(looks_like_stun(channel_data));
}

}  // namespace
}  // namespace sotto::reach
