#include "node/tor_choice.h"

#include <fstream>
#include <gtest/gtest.h>

#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

TEST(ParseTorControl, TakesSocketsAndPortsOfThisMachine) {
  EXPECT_EQ(must(parse_tor_control("/run/tor/control")),
            net::TorEndpoint(fs::path("/run/tor/control")));
  EXPECT_EQ(must(parse_tor_control("unix:/run/tor/control")),
            net::TorEndpoint(fs::path("/run/tor/control")));
  EXPECT_EQ(must(parse_tor_control("127.0.0.1:9051")),
            net::TorEndpoint(net::TorPort{"127.0.0.1", 9051}));
  EXPECT_EQ(must(parse_tor_control("[::1]:9151")), net::TorEndpoint(net::TorPort{"::1", 9151}));
}

TEST(ParseTorControl, TakesNothingElse) {
  for (const char* text : {"", "localhost:9051", "192.0.2.1:9051", "127.0.0.1", "127.0.0.1:0",
                           "127.0.0.1:65536", "::1:9051", "[127.0.0.1:9051", "control",
                           "unix:control", "127.0.0.1:90x1", "[2001:db8::1]:9051"}) {
    EXPECT_EQ(error_of(parse_tor_control(text)), "tor.control.argument") << text;
  }
}

TEST(ChooseSocks, TakesASocketFileFirst) {
  const TempDir folder;
  const std::string path = (folder / "socks").string();
  std::ofstream(path) << "";
  EXPECT_EQ(choose_socks("\"127.0.0.1:9050\" \"unix:" + path + "\""),
            net::TorEndpoint(fs::path(path)));
  EXPECT_EQ(choose_socks("\"unix:/nowhere/socks\" \"127.0.0.1:9050\" \"127.0.0.1:9150\""),
            net::TorEndpoint(net::TorPort{"127.0.0.1", 9050}));
}

TEST(ChooseSocks, TakesNoPortOfAnotherMachine) {
  EXPECT_EQ(choose_socks(""), std::nullopt);
  EXPECT_EQ(choose_socks("\"192.0.2.1:9050\""), std::nullopt);
  EXPECT_EQ(choose_socks("127.0.0.1:9050"), std::nullopt);
  // One that listens everywhere listens here, too.
  EXPECT_EQ(choose_socks("\"0.0.0.0:9050\""),
            net::TorEndpoint(net::TorPort{"127.0.0.1", 9050}));
}

}  // namespace
}  // namespace sotto::node
