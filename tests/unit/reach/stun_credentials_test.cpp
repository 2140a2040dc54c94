#include "reach/stun_credentials.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::reach {
namespace {

StunMessage challenge(int code, const std::string& realm, const std::string& nonce) {
  StunMessage out(StunMethod::allocate, StunClass::error, StunTransaction());
  out.add_error(code, "");
  out.add(StunType::realm, realm);
  out.add(StunType::nonce, nonce);
  return must(StunMessage::decode(out.encode()));
}

StunMessage signed_by(const StunCredentials& credentials) {
  const StunMessage request(StunMethod::allocate, StunClass::request, StunTransaction());
  return must(StunMessage::decode(credentials.sign(request)));
}

TEST(StunCredentials, SignAsTheRequestOfRfc5769IsSigned) {
  // Section 2.4: the name has letters of other scripts, the password is "TheMatrIX".
  const std::string name = "\u30de\u30c8\u30ea\u30c3\u30af\u30b9";
  StunCredentials credentials(name, Secret(as_bytes("TheMatrIX")));
  EXPECT_FALSE(credentials.ready());
  EXPECT_FALSE(signed_by(credentials).has(StunType::username));
  EXPECT_TRUE(
      credentials.learn(challenge(401, "example.org", "f//499k954d6OL34oL9FSTvy64sA"), false));
  const auto request = signed_by(credentials);
  EXPECT_EQ(request.text(StunType::username), name);
  EXPECT_EQ(request.text(StunType::nonce), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_TRUE(request.is_authentic(long_term_key(name, "example.org", "TheMatrIX")));
  EXPECT_TRUE(credentials.vouch_for(request));
}

TEST(StunCredentials, LearnFromAChallengeOnly) {
  StunCredentials credentials("anna", Secret(as_bytes("secret")));
  EXPECT_FALSE(credentials.learn(challenge(438, "lab", "n"), false));  // before a first
  EXPECT_FALSE(credentials.learn(challenge(400, "lab", "n"), false));
  EXPECT_FALSE(credentials.learn(challenge(401, "", "n"), false));
  EXPECT_FALSE(credentials.learn(challenge(401, "lab", ""), false));
  EXPECT_FALSE(credentials.learn(challenge(401, std::string(764, 'x'), "n"), false));
  EXPECT_FALSE(credentials.learn(challenge(401, "lab", std::string(764, 'x')), false));
  EXPECT_FALSE(credentials.learn(challenge(401, "lab", "n"), true));  // not taken
  EXPECT_FALSE(credentials.ready());
  EXPECT_TRUE(credentials.learn(challenge(401, "lab", "n"), false));
}

TEST(StunCredentials, ANewNonceKeepsTheRealm) {
  StunCredentials credentials("anna", Secret(as_bytes("secret")));
  EXPECT_TRUE(credentials.learn(challenge(401, "lab", "one"), false));
  EXPECT_TRUE(credentials.learn(challenge(438, "elsewhere", "two"), true));
  const auto request = signed_by(credentials);
  EXPECT_EQ(request.text(StunType::realm), "lab");
  EXPECT_EQ(request.text(StunType::nonce), "two");
}

}  // namespace
}  // namespace sotto::reach
