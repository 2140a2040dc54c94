// Against tests/reference/onion_reference.py and two addresses that the world knows.
#include "tor/onion_address.h"

#include "crypto/sha3.h"
#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

using sotto::test::hex_of;
using sotto::test::key_from_hex;
using sotto::test::text_of;

constexpr std::string_view known =
    "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

TEST(OnionAddress, IsTheReferences) {
  const Json reference = test::reference();
  for (const Json& vector : sotto::test::array_of(reference, "services")) {
    auto seed = key_from_hex<crypto::Ed25519SecretKey>(text_of(vector, "seed"));
    EXPECT_EQ(as_text(onion_key_blob(seed).view()), text_of(vector, "blob"));
    const auto pair = crypto::Ed25519KeyPair::from(std::move(seed));
    EXPECT_EQ(to_hex(pair.public_key.view()), text_of(vector, "public"));
    const OnionAddress address(pair.public_key);
    EXPECT_EQ(address.id(), text_of(vector, "id"));
    EXPECT_EQ(must(OnionAddress::parse(address.host())), address);
    EXPECT_EQ(error_of(OnionAddress::parse_id(text_of(vector, "id_of_version_4"))),
              "tor.onion.version");
  }
}

TEST(OnionAddress, KnownOnesAreTaken) {
  EXPECT_EQ(must(OnionAddress::parse(known)).host(), known);
  EXPECT_TRUE(
      OnionAddress::parse("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion"));
}

TEST(OnionAddress, CaseDoesNotMatter) {
  std::string loud(known);
  std::ranges::transform(loud, loud.begin(), [](char c) { return std::toupper(c); });
  EXPECT_EQ(must(OnionAddress::parse(loud)).host(), known);
}

TEST(OnionAddress, EachMistakeHasItsError) {
  const std::string id(known.substr(0, 56));
  const auto error = [](const std::string& text) {
    return error_of(OnionAddress::parse(text));
  };
  EXPECT_EQ(error(""), "tor.onion.suffix");
  EXPECT_EQ(error(id), "tor.onion.suffix");
  EXPECT_EQ(error(id + ".example"), "tor.onion.suffix");
  EXPECT_EQ(error(id + ".onion."), "tor.onion.suffix");
  EXPECT_EQ(error("www." + id + ".onion"), "tor.onion.subdomain");
  EXPECT_EQ(error("expyuzz4wqqyqhjn.onion"), "tor.onion.old");
  EXPECT_EQ(error(".onion"), "tor.onion.length");
  EXPECT_EQ(error(id.substr(1) + ".onion"), "tor.onion.length");
  EXPECT_EQ(error(id + "a.onion"), "tor.onion.length");
  EXPECT_EQ(error("1" + id.substr(1) + ".onion"), "tor.onion.letter");
  EXPECT_EQ(error(id.substr(0, 55) + " .onion"), "tor.onion.letter");
  EXPECT_EQ(error("http://" + id + ".onion"), "tor.onion.letter");
  EXPECT_EQ(error("3" + id.substr(1) + ".onion"), "tor.onion.checksum");
}

TEST(OnionAddress, TheTextNamesTheLetter) {
  const auto parsed = OnionAddress::parse("2gz0" + std::string(known.substr(4)));
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().text().contains("Character 4"));
  EXPECT_TRUE(parsed.error().text().contains("letter o"));
}

TEST(OnionAddress, EveryTypoIsFound) {
  std::vector<std::string> fit;  // by chance: the checksum has two bytes
  for (std::size_t at = 0; at < 56; ++at) {
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz234567")) {
      std::string text(known);
      if (text[at] == c) continue;
      text[at] = c;
      const auto parsed = OnionAddress::parse(text);
      EXPECT_FALSE(parsed) << text;
      if (error_of(parsed) != "tor.onion.checksum") fit.push_back(text);
    }
  }
  // One of the 1736 does, as the reference confirms; but nobody can have its key.
  EXPECT_EQ(fit, std::vector<std::string>{
                     "23zyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"});
}

TEST(OnionAddress, SwappedLettersAreFound) {
  for (std::size_t at = 0; at + 1 < 56; ++at) {
    std::string text(known);
    if (text[at] == text[at + 1]) continue;
    std::swap(text[at], text[at + 1]);
    EXPECT_EQ(error_of(OnionAddress::parse(text)), "tor.onion.checksum") << text;
  }
}

TEST(OnionAddress, AKeyThatNobodyOwnsIsRefused) {
  // The neutral element with a right checksum.
  const auto key = key_from_hex<crypto::Ed25519PublicKey>("01" + std::string(62, '0'));
  EXPECT_EQ(error_of(OnionAddress::parse(OnionAddress(key).host())), "tor.onion.key");
}

TEST(OnionEndpoint, MayHaveAPort) {
  const std::string host(known);
  EXPECT_FALSE(must(OnionEndpoint::parse(host)).port);
  EXPECT_EQ(must(OnionEndpoint::parse(host + ":9735")).port, 9735);
  EXPECT_EQ(must(OnionEndpoint::parse(host + ":65535")).port, 65535);
  for (const char* port : {":", ":0", ":65536", ":-1", ":+1", ":80x", ": 80", ":99999999999"}) {
    EXPECT_EQ(error_of(OnionEndpoint::parse(host + port)), "tor.onion.port") << port;
  }
  EXPECT_EQ(error_of(OnionEndpoint::parse("example.org:80")), "tor.onion.suffix");
}

TEST(OnionAddress, IsOnionAsksOnlyForTheEnd) {
  EXPECT_TRUE(is_onion("a.ONION"));
  EXPECT_FALSE(is_onion("onion.example"));
}

}  // namespace
}  // namespace sotto::tor
