#include "tor/bridge.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

const std::string fingerprint = "0123456789ABCDEF0123456789abcdef01234567";

TEST(Bridge, InItsForms) {
  EXPECT_EQ(must(Bridge::parse("192.0.2.1:443")).transport, "");
  EXPECT_EQ(must(Bridge::parse("Bridge 192.0.2.1:443 " + fingerprint)).line,
            "192.0.2.1:443 " + fingerprint);
  const auto bridge = must(Bridge::parse("  bridge  obfs4 [2001:db8::1]:443  " + fingerprint +
                                         " cert=a+b/c iat-mode=0"));
  EXPECT_EQ(bridge.transport, "obfs4");
  EXPECT_EQ(bridge.line, "obfs4 [2001:db8::1]:443 " + fingerprint + " cert=a+b/c iat-mode=0");
  EXPECT_TRUE(Bridge::parse("snowflake 192.0.2.3:80 url=https://example.org/"));
  EXPECT_TRUE(Bridge::parse("obfs4 [::]:1"));
  EXPECT_TRUE(Bridge::parse("obfs4 [1:2:3:4:5:6:7:8]:1"));
}

TEST(Bridge, WhatIsNone) {
  const std::vector<std::string> wrong{"",
                                       "obfs4",
                                       "example.org:443",
                                       "192.0.2.1",
                                       "192.0.2.1:0",
                                       "192.0.2.1:65536",
                                       "192.0.2.256:1",
                                       "192.0.2:1",
                                       "192.0.02.1:1",
                                       "192.0.2.1.1:1",
                                       "[2001:db8::1::2]:443",
                                       "[12345::]:443",
                                       "[1:2:3:4:5:6:7]:443",
                                       "[1:2:3:4:5:6:7::8]:443",
                                       "[::g]:1",
                                       "2001:db8::1:443",
                                       "192.0.2.1:443 ABCD",
                                       "192.0.2.1:443 a=b",
                                       "obfs4 192.0.2.1:443 =b",
                                       "obfs4 192.0.2.1:443 a=b " + fingerprint,
                                       "ob-fs 192.0.2.1:443",
                                       "192.0.2.1:443\nSocksPort 0.0.0.0:9050",
                                       "obfs4 192.0.2.1:443 a=b#c",
                                       "obfs4 192.0.2.1:443 a=\xc3\xa4"};
  for (const std::string& text : wrong) {
    EXPECT_EQ(error_of(Bridge::parse(text)), "tor.bridge.line") << text;
  }
}

TEST(TransportPlugin, NamesAProgram) {
  const auto plugin = must(TransportPlugin::parse(
      "ClientTransportPlugin obfs3,obfs4 exec /usr/bin/obfs4proxy  -enableLogging"));
  EXPECT_EQ(plugin.transports, (std::vector<std::string>{"obfs3", "obfs4"}));
  EXPECT_EQ(plugin.program, "/usr/bin/obfs4proxy");
  EXPECT_EQ(plugin.line, "obfs3,obfs4 exec /usr/bin/obfs4proxy -enableLogging");
}

TEST(TransportPlugin, WhatIsNone) {
  for (const char* text :
       {"", "obfs4", "obfs4 exec", "obfs4 exec obfs4proxy", "obfs4 socks5 127.0.0.1:1",
        ",obfs4 exec /a", "obfs4, exec /a", "4obfs exec /a", "obfs4 exec /a\nUser root"}) {
    EXPECT_EQ(error_of(TransportPlugin::parse(text)), "tor.bridge.transport") << text;
  }
}

TEST(Transports, MustBeServed) {
  const std::vector bridges{must(Bridge::parse("192.0.2.1:1")),
                            must(Bridge::parse("obfs4 192.0.2.1:1"))};
  EXPECT_EQ(error_of(check_transports(bridges, {})), "tor.bridge.transport");
  EXPECT_EQ(
      error_of(check_transports(bridges, {must(TransportPlugin::parse("snowflake exec /a"))})),
      "tor.bridge.transport");
  EXPECT_TRUE(check_transports(bridges, {must(TransportPlugin::parse("obfs3,obfs4 exec /a"))}));
  EXPECT_TRUE(check_transports({bridges[0]}, {}));
}

}  // namespace
}  // namespace sotto::tor
