#include "net/http_connect.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::net {
namespace {

HttpConnect connect_as(const std::optional<ProxyUser>& user = std::nullopt) {
  return {"relay.example:443", "proxy.example:3128", user};
}

// What an answer comes to, heard at once or byte by byte: "open", "more" or the error's name.
std::string outcome(const std::string& answer) {
  const auto name = [](const Result<bool>& result) {
    return result ? (*result ? "open" : "more") : error_of(result);
  };
  HttpConnect whole = connect_as();
  const std::string at_once = name(whole.on_bytes(as_bytes(answer)));
  HttpConnect dripping = connect_as();
  std::string in_the_end = "more";
  for (const char& byte : answer) {
    in_the_end = name(dripping.on_bytes(as_bytes(std::string_view(&byte, 1))));
    if (in_the_end != "more") break;
  }
  // What follows the answer is only seen with it.
  if (at_once != in_the_end && in_the_end != "open") return at_once + " or " + in_the_end;
  return at_once;
}

TEST(HttpConnect, AsksForTheTarget) {
  EXPECT_EQ(as_text(connect_as().start().view()),
            "CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n\r\n");
}

TEST(HttpConnect, SaysWhoAsks) {
  // The example of RFC 7617 section 2.
  const ProxyUser user{"Aladdin", Secret(as_bytes("open sesame"))};
  EXPECT_EQ(as_text(connect_as(ProxyUser{"Aladdin", user.password.copy()}).start().view()),
            "CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST(HttpConnect, AnyOf2xxOpensTheTunnel) {
  EXPECT_EQ(outcome("HTTP/1.1 200 Connection established\r\n\r\n"), "open");
  EXPECT_EQ(outcome("HTTP/1.0 200 OK\r\nVia: x\r\nContent-Length: 9\r\n\r\n"), "open");
  EXPECT_EQ(outcome("HTTP/1.1 204\n\n"), "open");
  EXPECT_EQ(outcome("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nX: y\r\n\r\n"
                    "HTTP/1.1 200 OK\r\n\r\n"),
            "open");
}

TEST(HttpConnect, WaitsForTheWholeAnswer) {
  for (const std::string answer : {"", "H", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n",
                                   "HTTP/1.1 200 OK\r\nVia: x\r\n", "HTTP/1.1 100 \r\n\r\n"}) {
    EXPECT_EQ(outcome(answer), "more") << answer;
  }
}

TEST(HttpConnect, RefusalsSayWhatTheProxySays) {
  EXPECT_EQ(outcome("HTTP/1.1 403 Forbidden\r\n\r\n"), "proxy.refused");
  EXPECT_EQ(outcome("HTTP/1.1 502 Bad Gateway\r\n\r\n"), "proxy.refused");
  EXPECT_EQ(outcome("HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"), "proxy.refused");
  EXPECT_EQ(outcome("HTTP/1.1 101 Switching\r\n\r\n"), "proxy.refused");
  HttpConnect connect = connect_as();
  const auto refused =
      connect.on_bytes(as_bytes("HTTP/1.1 403 No \x1b[31m\r\nX: y\r\n\r\n<html>"));
  EXPECT_NE(refused.error().text().find("403 No \\x1b[31m"), std::string::npos)
      << refused.error().text();
  EXPECT_NE(refused.error().text().find("proxy.example:3128"), std::string::npos);
}

TEST(HttpConnect, AuthenticationIsAskedForOrWrong) {
  const std::string answer =
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
  EXPECT_EQ(outcome(answer), "proxy.auth");
  HttpConnect nobody = connect_as();
  HttpConnect somebody = connect_as(ProxyUser{"me", Secret(as_bytes("wrong"))});
  const auto asked = nobody.on_bytes(as_bytes(answer));
  const auto wrong = somebody.on_bytes(as_bytes(answer));
  EXPECT_EQ(error_of(wrong), "proxy.auth");
  EXPECT_NE(asked.error().text(), wrong.error().text());
  EXPECT_EQ(wrong.error().text().find("wrong"), std::string::npos);
}

TEST(HttpConnect, WhatIsNoProxyIsSaidToBeNone) {
  EXPECT_EQ(outcome("SSH-2.0-OpenSSH\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome(std::string("\x16\x03\x01\0\0", 5)), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/2 200\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/1.1 20\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/1.1 2000 OK\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/1.1 099 OK\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/1.1 abc OK\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(outcome("\r\n\r\n"), "proxy.protocol");
}

TEST(HttpConnect, NothingMayFollowTheAnswer) {
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\n\r\nx"), "proxy.protocol");
}

TEST(HttpConnect, AnAnswerWithoutEndIsCutOff) {
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x')), "proxy.protocol");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nX: " + std::string(16'384, 'x') + "\r\n\r\n"),
            "proxy.protocol");
}

TEST(HttpConnect, HangingUpIsNoAnswer) {
  EXPECT_EQ(connect_as().on_close().name(), "proxy.protocol");
}

}  // namespace
}  // namespace sotto::net
