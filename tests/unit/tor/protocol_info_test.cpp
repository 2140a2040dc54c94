#include "tor/protocol_info.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

Result<ProtocolInfo> read(const std::string& auth) {
  return ProtocolInfo::read(test::reply("250-PROTOCOLINFO 1\r\n250-AUTH " + auth +
                                        "\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"));
}

TEST(ProtocolInfo, AsksForVersionOne) {
  EXPECT_EQ(to_string(protocol_info().line().view()), "PROTOCOLINFO 1\r\n");
}

TEST(ProtocolInfo, HasMethodsFileAndVersion) {
  const auto info =
      must(read("METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD COOKIEFILE=\"/run/tor/a "
                "\\\"b\\\"\\303\\244\""));
  EXPECT_TRUE(info.safe_cookie);
  EXPECT_TRUE(info.hashed_password);
  EXPECT_FALSE(info.null);
  EXPECT_EQ(info.cookie_file, "/run/tor/a \"b\"\303\244");
  EXPECT_EQ(info.version, "0.4.9.11");
}

TEST(ProtocolInfo, IgnoresWhatItDoesNotKnow) {
  const auto info = must(ProtocolInfo::read(test::reply(
      "250-PROTOCOLINFO 1\r\n250-NEWS a=b\r\n250-AUTH METHODS=NULL,WINK\r\n250 OK\r\n")));
  EXPECT_TRUE(info.null);
  EXPECT_FALSE(info.safe_cookie);
  EXPECT_EQ(info.version, "");
}

TEST(ProtocolInfo, APlainCookieIsNoMethodOfOurs) {
  const auto info = must(read("METHODS=COOKIE COOKIEFILE=\"/c\""));
  EXPECT_FALSE(info.safe_cookie || info.null || info.hashed_password);
}

TEST(ProtocolInfo, RefusesWhatIsNone) {
  EXPECT_EQ(error_of(read("COOKIEFILE=\"/c\"")), "tor.control.reply");
  EXPECT_EQ(error_of(read("METHODS=SAFECOOKIE COOKIEFILE=\"relative\"")), "tor.control.reply");
  EXPECT_EQ(error_of(read("METHODS=SAFECOOKIE COOKIEFILE=\"/a\\000b\"")), "tor.control.reply");
  EXPECT_EQ(error_of(read("METHODS=SAFECOOKIE COOKIEFILE=\"/a")), "tor.control.reply");
  EXPECT_EQ(error_of(ProtocolInfo::read(test::reply("250 OK\r\n"))), "tor.control.reply");
  EXPECT_EQ(error_of(ProtocolInfo::read(
                test::reply("250-PROTOCOLINFO 2\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n"))),
            "tor.control.reply");
  EXPECT_EQ(error_of(ProtocolInfo::read(test::reply("510 Unrecognized command\r\n"))),
            "tor.control.refused");
}

}  // namespace
}  // namespace sotto::tor
