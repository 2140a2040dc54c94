#include "tor/reply.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

Result<std::vector<Reply>> parse(std::string_view text, ReplyLimits limits = {}) {
  ReplyParser parser(limits);
  return parser.feed(as_bytes(text));
}

TEST(Reply, OneLine) {
  const Reply reply = test::reply("250 OK\r\n");
  EXPECT_EQ(reply.status, 250);
  EXPECT_TRUE(reply.ok());
  EXPECT_FALSE(reply.is_event());
  EXPECT_EQ(reply.last(), "OK");
}

TEST(Reply, MiddleLinesAndData) {
  const Reply reply = test::reply(
      "250-version=1\r\n250+info=\r\nfirst\r\n..dot\r\n\r\n250 OK\r\n.\r\n250 OK\r\n");
  ASSERT_EQ(reply.lines.size(), 3U);
  EXPECT_EQ(reply.lines[0].text, "version=1");
  EXPECT_FALSE(reply.lines[0].data);
  EXPECT_EQ(reply.lines[1].text, "info=");
  EXPECT_EQ(reply.lines[1].data, "first\n.dot\n\n250 OK\n");
  EXPECT_EQ(reply.find("version="), "1");
  EXPECT_FALSE(reply.find("nothing="));
}

TEST(Reply, EmptyDataIsData) {
  EXPECT_EQ(test::reply("250+a=\r\n.\r\n250 OK\r\n").lines[0].data, "");
}

TEST(Reply, ComesTheSameByteByByte) {
  const std::string text =
      "250-a=1\r\n650 CIRC 1 BUILT\r\n250+b=\r\nx\r\n.\r\n250 OK\r\n515 No\r\n";
  const auto whole = must(parse(text));
  ReplyParser parser;
  std::vector<Reply> parts;
  for (const char c : text) {
    for (Reply& reply : must(parser.feed(as_bytes({&c, 1})))) parts.push_back(std::move(reply));
  }
  EXPECT_FALSE(parser.partial());
  ASSERT_EQ(parts.size(), whole.size());
  ASSERT_EQ(parts.size(), 3U);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].status, whole[i].status);
    ASSERT_EQ(parts[i].lines.size(), whole[i].lines.size());
    for (std::size_t line = 0; line < parts[i].lines.size(); ++line) {
      EXPECT_EQ(parts[i].lines[line].text, whole[i].lines[line].text);
      EXPECT_EQ(parts[i].lines[line].data, whole[i].lines[line].data);
    }
  }
}

TEST(Reply, EventsComeBetweenTheLinesOfAnAnswer) {
  const auto replies = must(parse("250-a=1\r\n650-X\r\n650 OK\r\n250 OK\r\n"));
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_TRUE(replies[0].is_event());
  EXPECT_EQ(replies[0].lines.size(), 2U);
  EXPECT_EQ(replies[1].status, 250);
  EXPECT_EQ(replies[1].lines.size(), 2U);
}

TEST(Reply, PartialSaysWhetherSomethingHasBegun) {
  ReplyParser parser;
  EXPECT_FALSE(parser.partial());
  must(parser.feed(as_bytes("25")));
  EXPECT_TRUE(parser.partial());
  must(parser.feed(as_bytes("0-a\r\n")));
  EXPECT_TRUE(parser.partial());
  EXPECT_EQ(must(parser.feed(as_bytes("250 OK\r\n"))).size(), 1U);
  EXPECT_FALSE(parser.partial());
}

TEST(Reply, WhatIsNoneIsAnError) {
  for (const std::string text :
       {"OK\r\n", "25\r\n", "250\r\n", "250OK\r\n", "2x0 OK\r\n", "150 OK\r\n", "750 OK\r\n",
        "250 OK\n", "250 O\rK\r\n", "\r\n", "HTTP/1.0 501 Tor is not an HTTP Proxy\r\n",
        "250-a\r\n251 OK\r\n", "650-a\r\n651 OK\r\n", "650-a\r\n250 OK\r\n", "250_a\r\n"}) {
    EXPECT_EQ(error_of(parse(text)), "tor.control.reply") << text;
  }
  EXPECT_EQ(error_of(parse(std::string_view("250 a\0b\r\n", 9))), "tor.control.reply");
}

TEST(Reply, AnErrorShowsNoRawBytes) {
  const auto reply = parse("\x1b[31mred\r\n");
  ASSERT_FALSE(reply);
  EXPECT_FALSE(reply.error().text().contains('\x1b'));
}

TEST(Reply, ALineHasALimitBeforeItEnds) {
  ReplyParser parser;
  const std::string chunk(64 << 10, 'x');
  Result<std::vector<Reply>> fed;
  std::size_t sent = 0;
  must(parser.feed(as_bytes("250 ")));
  do {
    fed = parser.feed(as_bytes(chunk));
    sent += chunk.size();
  } while (fed && sent < (std::size_t{4} << 20));
  EXPECT_EQ(error_of(fed), "tor.control.limit");
  EXPECT_LE(sent, std::size_t{1} << 20);
}

TEST(Reply, ALineAtTheLimitPasses) {
  const ReplyLimits limits{.line_bytes = 10};
  EXPECT_TRUE(parse("250 12345\r\n", limits));
  EXPECT_EQ(error_of(parse("250 1234567\r\n", limits)), "tor.control.limit");
}

TEST(Reply, LinesAndBytesOfOneReplyHaveLimits) {
  const ReplyLimits few{.lines = 3};
  EXPECT_TRUE(parse("250-a\r\n250-b\r\n250 c\r\n250-d\r\n250 e\r\n", few));
  EXPECT_EQ(error_of(parse("250-a\r\n250-b\r\n250-c\r\n250 d\r\n", few)), "tor.control.limit");
  EXPECT_EQ(error_of(parse("250+a\r\n1\r\n2\r\n3\r\n", few)), "tor.control.limit");
  const ReplyLimits small{.reply_bytes = 20};
  EXPECT_TRUE(parse("250-aaaaaa\r\n250 bbbb\r\n", small));
  EXPECT_EQ(error_of(parse("250-aaaaaaaa\r\n250 bbbbbbbb\r\n", small)), "tor.control.limit");
  EXPECT_EQ(error_of(parse("250+a\r\n1234567\r\n1234567\r\n", small)), "tor.control.limit");
}

}  // namespace
}  // namespace sotto::tor
