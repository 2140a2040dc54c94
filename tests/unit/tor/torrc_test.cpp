#include "tor/torrc.h"

#include <fstream>

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

TorrcValues sample() {
  return {.data_directory = "/home/a b/tor",
          .cookie_file = "/home/a b/tor/cookie",
          .control_socket = "/home/a b/control",
          .socks_socket = "/home/a b/socks",
          .log_file = "/home/a b/tor/log",
          .owner = 4711,
          .network = true,
          .bridges = {},
          .plugins = {},
          .extra = {}};
}

bool has_line(const std::string& torrc, const std::string& line) {
  return ("\n" + torrc).contains("\n" + line + "\n");
}

TEST(Torrc, HasWhatOursNeeds) {
  const std::string torrc = must(make_torrc(sample()));
  for (const char* line :
       {"DataDirectory \"/home/a b/tor\"", "Log \"notice file /home/a b/tor/log\"",
        "ControlPort unix:\"/home/a b/control\"", "CookieAuthentication 1",
        "CookieAuthFile \"/home/a b/tor/cookie\"",
        "SocksPort unix:\"/home/a b/socks\" IsolateSOCKSAuth ExtendedErrors OnionTrafficOnly",
        "__OwningControllerProcess 4711", "DisableNetwork 0", "ClientOnly 1",
        "SafeLogging 1"}) {
    EXPECT_TRUE(has_line(torrc, line)) << line << "\n" << torrc;
  }
  EXPECT_FALSE(torrc.contains('@'));
  EXPECT_FALSE(torrc.contains("UseBridges"));
}

TEST(Torrc, TheBuildHasTheTemplate) {
  std::ifstream file(SOTTO_SOURCE_DIR "/torrc/client.torrc.in");
  EXPECT_EQ(client_torrc_template(), std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST(Torrc, BridgesExtraLinesAndNoNetwork) {
  TorrcValues values = sample();
  values.network = false;
  values.bridges = {must(Bridge::parse("obfs4 192.0.2.1:443 cert=x"))};
  values.plugins = {must(TransportPlugin::parse("obfs4 exec /usr/bin/obfs4proxy"))};
  values.extra = {"TestingTorNetwork 1", "# why"};
  const std::string torrc = must(make_torrc(values));
  EXPECT_TRUE(torrc.ends_with(
      "DisableNetwork 1\nUseBridges 1\nClientTransportPlugin obfs4 exec "
      "/usr/bin/obfs4proxy\nBridge obfs4 192.0.2.1:443 cert=x\nTestingTorNetwork 1\n# why\n\n"))
      << torrc;
  values.plugins.clear();
  EXPECT_EQ(error_of(make_torrc(values)), "tor.bridge.transport");
}

TEST(Torrc, PathsAreQuoted) {
  EXPECT_EQ(must(quoted_path("/a b")), "\"/a b\"");
  EXPECT_EQ(must(quoted_path("/a\"\\#\xc3\xa4")), R"("/a\042\134\043\303\244")");
  for (const std::string& path :
       {std::string(), std::string("a"), std::string("/a\nUser root"), std::string("/a\rb"),
        std::string("/a\0b", 4), std::string("/a\x7f")}) {
    EXPECT_EQ(error_of(quoted_path(path)), "tor.torrc.path") << path;
  }
}

TEST(Torrc, EveryPathIsChecked) {
  for (auto path :
       {&TorrcValues::data_directory, &TorrcValues::cookie_file, &TorrcValues::control_socket,
        &TorrcValues::socks_socket, &TorrcValues::log_file}) {
    TorrcValues values = sample();
    values.*path = "/a\nUser root";
    EXPECT_EQ(error_of(make_torrc(values)), "tor.torrc.path");
  }
}

TEST(Torrc, ASocketsPathHasALimit) {
  TorrcValues values = sample();
  values.control_socket = "/" + std::string(106, 'a');
  EXPECT_TRUE(make_torrc(values));
  values.control_socket += 'a';
  EXPECT_EQ(error_of(make_torrc(values)), "tor.torrc.path");
}

TEST(ExtraLine, TheLabsAreTaken) {
  for (const char* line :
       {"", "  ", "# a comment", "TestingTorNetwork 1", "PathsNeededToBuildCircuits 0.67",
        "TestingDirAuthVoteExit *", "V3AuthNIntervalsValid 2", "AssumeReachable 1",
        "DirAuthority a orport=1 no-v2 v3ident=AB 127.0.0.1:2 CD", "\tSandbox 1",
        "UseBridges 1", "Bridge obfs4 192.0.2.1:443 cert=x",
        "ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy", "EntryNodes {ch}",
        "Socks5Proxy 127.0.0.1:1080"}) {
    EXPECT_EQ(error_of(check_extra_line(line)), "") << line;
  }
}

TEST(ExtraLine, WhatIsOursToSetIsNot) {
  for (const char* line : {"SocksPort 0.0.0.0:9050",
                           "socksport 9050",
                           "+SocksPort 9050",
                           "/SocksPort",
                           "SocksPor 9050",
                           "ControlPort 9051",
                           "Control 9051",
                           "DataDirectory /tmp",
                           "HiddenServiceSingleHopMode 1",
                           "HiddenServiceNonAnonymousMode 1",
                           "HiddenServiceDir /x",
                           "__OwningControllerProcess 1",
                           "__LeaveStreamsUnattached 1",
                           "User root",
                           "ORPort 9001",
                           "Log debug file /x",
                           "SafeLogging 0",
                           "%include /etc/passwd",
                           "  %include x",
                           "DisableNetwork 0",
                           "TransPort 9040",
                           "DNSPort 53",
                           "HashedControlPassword x",
                           "CookieAuthentication 0"}) {
    EXPECT_EQ(error_of(check_extra_line(line)), "tor.torrc.option") << line;
  }
}

TEST(ExtraLine, WhatIsNoLineIsNot) {
  for (const std::string& line :
       {std::string("A 1\nSocksPort 9050"), std::string("A 1\rB"), std::string("A \0", 3),
        std::string("# joined \\"), std::string("A 1 \\"), std::string("Sandbox"),
        std::string("\"quoted\" 1"), std::string("A=1 2"), std::string("+ 1")}) {
    EXPECT_EQ(error_of(check_extra_line(line)), "tor.torrc.line") << line;
  }
  EXPECT_EQ(error_of(check_extra_line("Bridge example.org:1")), "tor.bridge.line");
  EXPECT_EQ(error_of(check_extra_line("ClientTransportPlugin a exec b")),
            "tor.bridge.transport");
}

TEST(ExtraLines, AreCountedFromOne) {
  EXPECT_EQ(must(read_extra_lines("Sandbox 1\r\n\n# b\nUseBridges 1")),
            (std::vector<std::string>{"Sandbox 1", "", "# b", "UseBridges 1"}));
  EXPECT_TRUE(must(read_extra_lines("")).empty());
  const auto wrong = read_extra_lines("# a\nSandbox 1\nSocksPort 1\n");
  EXPECT_EQ(error_of(wrong), "tor.torrc.option");
  EXPECT_TRUE(wrong.error().text().starts_with("Line 3 "));
  EXPECT_EQ(error_of(read_extra_lines(std::string((64 << 10) + 1, '\n'))), "tor.torrc.line");
}

TEST(ExtraLines, TheHardenedExampleIsTaken) {
  std::ifstream file(SOTTO_SOURCE_DIR "/torrc/hardened.torrc.example");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(must(read_extra_lines(text)).empty());
}

TEST(TorArguments, LeaveSystemDefaultsOut) {
  EXPECT_EQ(tor_arguments("/x"),
            (std::vector<std::string>{"-f", "/x", "--defaults-torrc", "/dev/null"}));
}

}  // namespace
}  // namespace sotto::tor
