// Against tests/reference/onion_reference.py, and a control port that follows a script.
#include "tor/authentication.h"

#include "support/fake_control_port.h"
#include "support/scripted_entropy.h"
#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

using sotto::test::hex_of;
using sotto::test::text_of;

std::string line_of(const Command& command) {
  return to_string(command.line().view());
}

// Carries commands and replies between the two until it is done or failed.
class AuthenticationTest : public testing::Test {
 protected:
  Result<Authentication::Next> say(const Command& command) {
    return authentication_.on_reply(test::reply(port_.take(command.line().view())));
  }

  Result<void> run() {
    auto next = say(authentication_.start());
    while (next && !std::holds_alternative<Authentication::Done>(*next)) {
      if (const auto* file = std::get_if<Authentication::ReadCookie>(&*next)) {
        EXPECT_EQ(file->path, port_.cookie_file);
        next = unreadable_.empty() ? authentication_.cookie(Secret(cookie_))
                                   : authentication_.cookie_unreadable(unreadable_);
      } else {
        const Command command = std::move(std::get<Command>(*next));
        next = say(command);
      }
    }
    if (!next) return pass(next);
    return {};
  }

  FakeControlPort port_;
  SeededEntropy entropy_{5};
  Bytes cookie_ = port_.cookie;
  std::string unreadable_;
  Authentication authentication_{entropy_, Secret(as_bytes(port_.password))};
};

TEST(SafeCookie, IsTheReferences) {
  const Json reference = test::reference();
  for (const Json& vector : sotto::test::array_of(reference, "cookies")) {
    const Bytes nonce = hex_of(vector, "client_nonce");
    ScriptedEntropy entropy({nonce});
    Authentication authentication(entropy, {});
    authentication.start();
    must(authentication.on_reply(test::reply(
        "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"/c\"\r\n250 "
        "OK\r\n")));
    const auto challenge = must(authentication.cookie(Secret(hex_of(vector, "cookie"))));
    EXPECT_EQ(line_of(std::get<Command>(challenge)),
              "AUTHCHALLENGE SAFECOOKIE " + to_hex(nonce) + "\r\n");
    const auto answer = must(authentication.on_reply(
        test::reply("250 AUTHCHALLENGE SERVERHASH=" + text_of(vector, "server_hash") +
                    " SERVERNONCE=" + text_of(vector, "server_nonce") + "\r\n")));
    EXPECT_EQ(line_of(std::get<Command>(answer)),
              "AUTHENTICATE " + text_of(vector, "client_hash") + "\r\n");
    EXPECT_FALSE(std::get<Command>(answer).redacted().contains(text_of(vector, "client_hash")));
    const auto done = must(authentication.on_reply(test::reply("250 OK\r\n")));
    EXPECT_TRUE(std::holds_alternative<Authentication::Done>(done));
  }
}

TEST(SafeCookie, AFlippedBitOfTheServersHashEndsIt) {
  const Json reference = test::reference();
  const Json& vector = sotto::test::array_of(reference, "cookies")[0];
  const Bytes hash = hex_of(vector, "server_hash");
  for (std::size_t bit = 0; bit < hash.size() * 8; ++bit) {
    ScriptedEntropy entropy({hex_of(vector, "client_nonce")});
    Authentication authentication(entropy, {});
    authentication.start();
    must(authentication.on_reply(test::reply(
        "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"/c\"\r\n250 "
        "OK\r\n")));
    must(authentication.cookie(Secret(hex_of(vector, "cookie"))));
    const Bytes forged = sotto::test::flipped(hash, bit / 8, bit % 8);
    EXPECT_EQ(error_of(authentication.on_reply(
                  test::reply("250 AUTHCHALLENGE SERVERHASH=" + to_hex(forged) +
                              " SERVERNONCE=" + text_of(vector, "server_nonce") + "\r\n"))),
              "tor.control.forged");
  }
}

TEST_F(AuthenticationTest, PrefersTheSafeCookie) {
  port_.methods = "NULL,HASHEDPASSWORD,COOKIE,SAFECOOKIE";
  must(run());
  EXPECT_TRUE(port_.authenticated);
  ASSERT_EQ(port_.commands.size(), 3U);
  EXPECT_TRUE(port_.commands[1].starts_with("AUTHCHALLENGE SAFECOOKIE "));
}

TEST_F(AuthenticationTest, ThenThePassword) {
  port_.methods = "NULL,HASHEDPASSWORD,COOKIE";
  must(run());
  EXPECT_EQ(port_.commands.back(), "AUTHENTICATE " + to_hex(as_bytes("open sesame")));
}

TEST_F(AuthenticationTest, ThenNothing) {
  port_.methods = "NULL,COOKIE";
  must(run());
  EXPECT_EQ(port_.commands.back(), "AUTHENTICATE");
}

TEST_F(AuthenticationTest, NeverThePlainCookie) {
  port_.methods = "COOKIE";
  EXPECT_EQ(error_of(run()), "tor.control.auth");
  EXPECT_EQ(port_.commands.size(), 1U);
}

TEST_F(AuthenticationTest, AWrongPasswordIsSaid) {
  port_.methods = "HASHEDPASSWORD";
  port_.password = "another";
  EXPECT_EQ(error_of(run()), "tor.control.password");
  EXPECT_TRUE(port_.closed);
}

TEST(Authentication, AMissingPasswordIsSaid) {
  SeededEntropy entropy(1);
  Authentication authentication(entropy, {});
  authentication.start();
  EXPECT_EQ(error_of(authentication.on_reply(test::reply(
                "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=HASHEDPASSWORD\r\n250 OK\r\n"))),
            "tor.control.password");
}

TEST_F(AuthenticationTest, ACookieHas32Bytes) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    Authentication authentication(entropy_, {});
    const auto info = port_.take(authentication.start().line().view());
    must(authentication.on_reply(test::reply(info)));
    EXPECT_EQ(error_of(authentication.cookie(Secret(size))), "tor.control.cookie") << size;
  }
}

TEST_F(AuthenticationTest, AnUnreadableCookieNamesTheCure) {
  port_.methods = "SAFECOOKIE";
  unreadable_ = "Permission denied";
  const auto done = run();
  EXPECT_EQ(error_of(done), "tor.control.cookie");
  EXPECT_TRUE(done.error().text().contains("debian-tor"));
}

TEST_F(AuthenticationTest, AnUnreadableCookieLeavesThePassword) {
  unreadable_ = "Permission denied";
  must(run());
  EXPECT_EQ(port_.commands.size(), 2U);
}

TEST_F(AuthenticationTest, AForgedHashIsToldNothing) {
  port_.trouble = FakeControlPort::Trouble::forged_hash;
  EXPECT_EQ(error_of(run()), "tor.control.forged");
  EXPECT_EQ(port_.commands.size(), 2U) << "AUTHENTICATE went to who does not know the cookie";
}

TEST_F(AuthenticationTest, AnotherCookieIsRefusedByBothSides) {
  cookie_ = Bytes(32, std::byte{8});
  EXPECT_EQ(error_of(run()), "tor.control.forged");
}

TEST_F(AuthenticationTest, AChallengeMayBeRefusedOrNonsense) {
  port_.answers["AUTHCHALLENGE"] = "513 Invalid base16 client nonce\r\n";
  EXPECT_EQ(error_of(run()), "tor.control.auth");
  const std::string digits(64, '0');
  for (const std::string& text : {std::string("OK"), "AUTHCHALLENGE SERVERHASH=" + digits,
                                  "AUTHCHALLENGE SERVERNONCE=" + digits,
                                  "AUTHCHALLENGE SERVERHASH=00 SERVERNONCE=" + digits,
                                  "AUTHCHALLENGE SERVERHASH=" + digits + " SERVERNONCE=xyz",
                                  "OTHER SERVERHASH=" + digits + " SERVERNONCE=" + digits}) {
    Authentication authentication(entropy_, {});
    must(
        authentication.on_reply(test::reply(port_.take(authentication.start().line().view()))));
    must(authentication.cookie(Secret(cookie_)));
    EXPECT_EQ(error_of(authentication.on_reply(test::reply("250 " + text + "\r\n"))),
              "tor.control.reply")
        << text;
  }
}

TEST_F(AuthenticationTest, TorMayRefuseTheRightAnswer) {
  port_.answers["AUTHENTICATE"] = "515 Authentication failed\r\n";
  EXPECT_EQ(error_of(run()), "tor.control.auth");
}

}  // namespace
}  // namespace sotto::tor
