#include "wire/forward_frame.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::wire {
namespace {

template <class Frame>
Frame again(const ForwardFrame& frame) {
  return std::get<Frame>(must(decode_forward_frame(encode(frame))));
}

bool is_malformed(const auto& result) {
  return !result && result.error().is(Errc::malformed);
}

TEST(ForwardFrame, NamesOfServicesAreShortAndPlain) {
  for (const char* good : {"web", "a", "0", "my-web-2", "-"}) {
    EXPECT_TRUE(is_service_name(good)) << good;
  }
  EXPECT_TRUE(is_service_name(std::string(32, 'a')));
  for (const char* bad : {"", "Web", "we b", "web:1", "w\xc3\xa9", "a_b", "a.b"}) {
    EXPECT_FALSE(is_service_name(bad)) << bad;
  }
  EXPECT_FALSE(is_service_name(std::string(33, 'a')));
}

TEST(ForwardFrame, TheServiceThatIsWantedComesBack) {
  EXPECT_EQ(must(decode_forward_open(encode(ForwardOpen{"web"}))).service, "web");
}

TEST(ForwardFrame, ANameThatIsNoneIsMalformed) {
  EXPECT_TRUE(is_malformed(decode_forward_open({})));
  EXPECT_TRUE(is_malformed(decode_forward_open(encode(ForwardOpen{"WEB"}))));
  EXPECT_TRUE(is_malformed(decode_forward_open(encode(ForwardOpen{std::string(33, 'a')}))));
  EXPECT_TRUE(is_malformed(decode_forward_open(to_bytes("\x0a\x05web"))));
}

TEST(ForwardFrame, BytesOfTheStreamAreAViewBehindOneByte) {
  const Bytes message = encode(ForwardFrame(ForwardData{as_bytes("hello")}));
  EXPECT_EQ(message.size(), forward_data_header + 5);
  EXPECT_EQ(message[0], forward_data_kind);
  const auto data = std::get<ForwardData>(must(decode_forward_frame(message)));
  EXPECT_EQ(as_text(data.bytes), "hello");
  EXPECT_EQ(data.bytes.data(), message.data() + forward_data_header);
}

TEST(ForwardFrame, AnswersAndEndsComeBack) {
  again<ForwardOpened>(ForwardOpened());
  again<ForwardEnd>(ForwardEnd());
  for (const auto reason :
       {ForwardRefusal::unavailable, ForwardRefusal::unreachable, ForwardRefusal::busy}) {
    EXPECT_EQ(again<ForwardRefused>(ForwardRefused{reason}).reason, reason);
  }
}

TEST(ForwardFrame, WhatIsOfNoKnownKindIsMalformed) {
  EXPECT_TRUE(is_malformed(decode_forward_frame({})));
  EXPECT_TRUE(is_malformed(decode_forward_frame(Bytes{std::byte{1}})));
  EXPECT_TRUE(is_malformed(decode_forward_frame(Bytes{std::byte{2}})));
  EXPECT_TRUE(is_malformed(decode_forward_frame(to_bytes("\x01\x22\x00"))));
}

TEST(ForwardFrame, AReasonThatDoesNotExistIsMalformed) {
  // 12: field 2, length-delimited; 08: its field 1, a number.
  EXPECT_TRUE(decode_forward_frame(to_bytes(std::string_view("\x01\x12\x02\x08\x03", 5))));
  EXPECT_TRUE(is_malformed(
      decode_forward_frame(to_bytes(std::string_view("\x01\x12\x02\x08\x04", 5)))));
  EXPECT_TRUE(
      is_malformed(decode_forward_frame(to_bytes(std::string_view("\x01\x12\x00", 3)))));
}

TEST(ForwardFrame, AnAnswerIsNeverLong) {
  Bytes message = encode(ForwardFrame(ForwardEnd()));
  message.resize(100);
  const auto decoded = decode_forward_frame(message);
  ASSERT_FALSE(decoded);
  EXPECT_TRUE(decoded.error().is(Errc::over_limit));
}

}  // namespace
}  // namespace sotto::wire
