// Against tests/reference/onion_reference.py.
#include "tor/client_auth.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

using sotto::test::key_from_hex;
using sotto::test::text_of;

TEST(ClientAuth, IsTheReferences) {
  const Json reference = test::reference();
  for (const Json& vector : sotto::test::array_of(reference, "clients")) {
    const auto pair = crypto::X25519KeyPair::from(
        key_from_hex<crypto::X25519SecretKey>(text_of(vector, "secret")));
    EXPECT_EQ(to_hex(pair.public_key.view()), text_of(vector, "public"));
    EXPECT_EQ(client_key_base32(pair.public_key), text_of(vector, "base32_public"));
    EXPECT_EQ(as_text(client_secret_word(pair.secret).view()),
              "x25519:" + text_of(vector, "base64_secret"));
    EXPECT_EQ(client_auth_line(pair.public_key),
              "descriptor:x25519:" + text_of(vector, "base32_public"));
    const OnionAddress address(test::key_pair(1).public_key);
    EXPECT_EQ(as_text(client_private_line(address, pair.secret).view()),
              address.id() + ":descriptor:x25519:" + text_of(vector, "base32_secret"));
  }
}

TEST(ClientAuth, LinesComeBack) {
  SeededEntropy entropy(2);
  const auto pair = crypto::X25519KeyPair::generate(entropy);
  const OnionAddress address(test::key_pair(1).public_key);
  EXPECT_EQ(must(parse_client_auth_line(client_auth_line(pair.public_key))), pair.public_key);
  const auto back = must(parse_client_private_line(client_private_line(address, pair.secret)));
  EXPECT_EQ(back.address, address);
  EXPECT_TRUE(std::ranges::equal(back.key.view(), pair.secret.view()));
}

TEST(ClientAuth, EitherCaseIsTaken) {
  SeededEntropy entropy(2);
  const auto pair = crypto::X25519KeyPair::generate(entropy);
  EXPECT_EQ(must(parse_client_key(to_base32(pair.public_key.view()))), pair.public_key);
}

TEST(ClientAuth, WhatIsNoKeyIsRefused) {
  const std::string letters(52, 'A');
  EXPECT_TRUE(parse_client_key(letters));
  for (const std::string& text :
       {std::string(), letters.substr(1), letters + "A", letters.substr(1) + "1",
        letters.substr(1) + "B" /* stray bits */, letters.substr(1) + "="}) {
    EXPECT_EQ(error_of(parse_client_key(text)), "tor.onion.client_key") << text;
  }
  EXPECT_EQ(error_of(parse_client_auth_line(letters)), "tor.onion.client_key");
  EXPECT_EQ(error_of(parse_client_auth_line("descriptor:x448:" + letters)),
            "tor.onion.client_key");
  const auto line = [](std::string_view text) { return Secret(as_bytes(text)); };
  const std::string id = OnionAddress(test::key_pair(1).public_key).id();
  EXPECT_EQ(error_of(parse_client_private_line(line("nothing"))), "tor.onion.client_key");
  EXPECT_EQ(error_of(parse_client_private_line(line("nothing:x"))), "tor.onion.length");
  EXPECT_EQ(error_of(parse_client_private_line(line(id + ":descriptor:x25519:AA"))),
            "tor.onion.client_key");
}

}  // namespace
}  // namespace sotto::tor
