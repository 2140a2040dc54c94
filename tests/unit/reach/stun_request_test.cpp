#include "reach/stun_request.h"

#include <gtest/gtest.h>

#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

class StunRequestTest : public testing::Test {
 protected:
  StunRequest ask(StunCredentials* credentials, bool reliable = false) {
    return {StunMethod::allocate,
            [](StunMessage& message) { message.add_u32(StunType::lifetime, 600); },
            credentials,
            reliable,
            entropy_,
            now_};
  }
  StunMessage sent(StunRequest& request) {
    const auto bytes = request.produce(now_);
    if (!bytes) throw std::logic_error("nothing was sent");
    return must(StunMessage::decode(*bytes));
  }
  // An answer on its way through bytes, signed under `key` unless that is empty.
  static StunMessage through(const StunMessage& message, ByteView key = {}) {
    const Bytes bytes = key.empty() ? message.encode() : message.encode_authentic(key);
    return must(StunMessage::decode(bytes));
  }
  static StunMessage done(const StunMessage& request, ByteView key = {}) {
    StunMessage out(request.method(), StunClass::success, request.transaction());
    out.add_u32(StunType::lifetime, 300);
    return through(out, key);
  }
  static StunMessage refusal(const StunMessage& request, int code, const char* nonce = nullptr,
                             const char* realm = "lab") {
    StunMessage out(request.method(), StunClass::error, request.transaction());
    out.add_error(code, "why\x1b[0m");
    if (nonce != nullptr) {
      out.add(StunType::nonce, nonce);
      out.add(StunType::realm, realm);
    }
    return through(out);
  }
  auto show(StunRequest& request, const StunMessage& answer) {
    return request.on_message(answer, entropy_, now_);
  }

  SeededEntropy entropy_{3};
  SteadyTime now_{};
  StunCredentials credentials_{"anna", Secret(as_bytes("secret"))};
  const Bytes key_ = long_term_key("anna", "lab", "secret");
};

TEST_F(StunRequestTest, IsAnsweredByItsTransaction) {
  auto request = ask(nullptr);
  const auto question = sent(request);
  EXPECT_EQ(question.method(), StunMethod::allocate);
  EXPECT_EQ(question.u32(StunType::lifetime), 600U);
  EXPECT_FALSE(request.produce(now_));

  StunMessage other(StunMethod::allocate, StunClass::success, StunTransaction());
  EXPECT_FALSE(show(request, through(other)));
  StunMessage method(StunMethod::refresh, StunClass::success, question.transaction());
  EXPECT_FALSE(show(request, through(method)));
  StunMessage echo(StunMethod::allocate, StunClass::request, question.transaction());
  EXPECT_FALSE(show(request, through(echo)));

  const auto answer = show(request, done(question));
  ASSERT_TRUE(answer);
  EXPECT_EQ(must(*answer).u32(StunType::lifetime), 300U);
}

TEST_F(StunRequestTest, TheSameBytesAreSaidAgainAndThenGivenUp) {
  auto request = ask(nullptr);
  const auto first = request.produce(now_);
  now_ += milliseconds(500);
  EXPECT_EQ(request.produce(now_), first);
  EXPECT_FALSE(request.on_time(now_));
  for (int i = 0; i < 10; ++i) {
    now_ = request.next_deadline();
    request.produce(now_);
  }
  const auto error = request.on_time(now_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->name(), "stun.timeout");
  EXPECT_EQ(request.sent(), 7);
}

TEST_F(StunRequestTest, SignsOnceTheServerWantsIt) {
  auto request = ask(&credentials_);
  const auto question = sent(request);
  EXPECT_FALSE(question.has(StunType::username));
  EXPECT_FALSE(show(request, refusal(question, 401, "first")));
  const auto again = sent(request);
  EXPECT_NE(again.transaction(), question.transaction());
  EXPECT_EQ(again.text(StunType::username), "anna");
  EXPECT_EQ(again.text(StunType::realm), "lab");
  EXPECT_EQ(again.text(StunType::nonce), "first");
  EXPECT_EQ(again.u32(StunType::lifetime), 600U);
  EXPECT_TRUE(again.is_authentic(key_));
  EXPECT_TRUE(must(*show(request, done(again, key_))).has(StunType::lifetime));
  // The next one is signed from the beginning.
  auto next = ask(&credentials_);
  EXPECT_TRUE(sent(next).is_authentic(key_));
}

TEST_F(StunRequestTest, AnAnswerThatNobodySignedIsNone) {
  auto request = ask(&credentials_);
  show(request, refusal(sent(request), 401, "first"));
  const auto question = sent(request);
  EXPECT_FALSE(show(request, done(question)));
  EXPECT_FALSE(show(request, done(question, long_term_key("anna", "lab", "other"))));
  EXPECT_TRUE(show(request, done(question, key_)));
}

TEST_F(StunRequestTest, AStaleNonceIsReplacedButNotForEver) {
  auto request = ask(&credentials_);
  EXPECT_FALSE(show(request, refusal(sent(request), 401, "1")));
  EXPECT_FALSE(show(request, refusal(sent(request), 438, "2", "elsewhere")));
  const auto question = sent(request);
  EXPECT_EQ(question.text(StunType::nonce), "2");
  EXPECT_EQ(question.text(StunType::realm), "lab");
  EXPECT_FALSE(show(request, refusal(question, 438, "3")));
  const auto answer = show(request, refusal(sent(request), 438, "4"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_of(*answer), "stun.credentials");
}

TEST_F(StunRequestTest, WrongCredentialsAreTold) {
  auto request = ask(&credentials_);
  show(request, refusal(sent(request), 401, "1"));
  const auto answer = show(request, refusal(sent(request), 401, "2"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_of(*answer), "stun.credentials");
  auto anonymous = ask(nullptr);
  EXPECT_EQ(error_of(*show(anonymous, refusal(sent(anonymous), 401, "1"))), "stun.credentials");
  StunCredentials fresh("anna", Secret(as_bytes("secret")));
  auto without_nonce = ask(&fresh);
  EXPECT_EQ(error_of(*show(without_nonce, refusal(sent(without_nonce), 401))),
            "stun.credentials");
  auto wrong = ask(&credentials_);
  EXPECT_EQ(error_of(*show(wrong, refusal(sent(wrong), 441))), "stun.credentials");
}

TEST_F(StunRequestTest, RefusalsHaveTheirNumberAndHarmlessWords) {
  auto request = ask(nullptr);
  const auto answer = show(request, refusal(sent(request), 508));
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_of(*answer), "stun.refused");
  EXPECT_EQ(request.refusal()->code, 508);
  EXPECT_NE(answer->error().text().find("508 why"), std::string::npos);
  EXPECT_EQ(answer->error().text().find('\x1b'), std::string::npos);
}

TEST_F(StunRequestTest, WhatMustBeUnderstoodIsNotPassedOver) {
  auto request = ask(nullptr);
  StunMessage strange(StunMethod::allocate, StunClass::success, sent(request).transaction());
  strange.add(static_cast<StunType>(0x7ffe), "x");
  EXPECT_EQ(error_of(*show(request, through(strange))), "stun.malformed");
}

TEST_F(StunRequestTest, OverAStreamItIsSaidOnce) {
  auto request = ask(nullptr, true);
  sent(request);
  now_ += milliseconds(39'499);
  EXPECT_FALSE(request.produce(now_));
  EXPECT_FALSE(request.on_time(now_));
  now_ += milliseconds(1);
  EXPECT_TRUE(request.on_time(now_));
}

}  // namespace
}  // namespace sotto::reach
