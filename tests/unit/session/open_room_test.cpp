// All that is said at the door of an open room, password exchange and handshake, also against
// tests/reference/open_handshake_reference.py, which was written without this code.
#include <gtest/gtest.h>
#include <optional>

#include "paths.h"
#include "session/open_handshake.h"
#include "session/password_exchange.h"
#include "support/people.h"
#include "support/scripted_entropy.h"
#include "unit/crypto/testing.h"

namespace sotto::session {
namespace {

class RoomWithPassword : public testing::Test {
 protected:
  SeededEntropy entropy_{1};
  Person host_{entropy_, "Hanna"};
  Person joiner_{entropy_, "Joanna"};
  const Secret password_{as_bytes("correct horse")};
  const Secret other_{as_bytes("battery staple")};

  OpenHostHandshake accept(PasswordAnswer& answered) {
    return {host_.card, host_.identity.static_key, std::move(answered.psk), entropy_};
  }

  // What the host answers to message 1 of a joiner who peeks.
  Result<Bytes> come(const Secret& at_joiner, const Secret& at_host) {
    PasswordJoiner joiner(at_joiner, entropy_);
    auto answered = answer_password(at_host, joiner.start(), entropy_).value();
    OpenPeek peek(std::move(joiner).finish(answered.frame).value(), entropy_);
    return accept(answered).answer(peek.start());
  }
};

TEST_F(RoomWithPassword, TheRightPasswordIsAnswered) {
  EXPECT_TRUE(come(password_, password_));
}

TEST_F(RoomWithPassword, AWrongPasswordIsToldFromOtherTrouble) {
  const auto second = come(other_, password_);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(Errc::wrong_password));
}

TEST_F(RoomWithPassword, APasswordIsTakenAsItsBytes) {
  const Secret longer{as_bytes("correct horse ")};
  EXPECT_FALSE(come(longer, password_));
  EXPECT_FALSE(come(Secret(), password_));
}

TEST_F(RoomWithPassword, ARecordingOfAJoinerIsAWrongPassword) {
  PasswordJoiner joiner(password_, entropy_);
  const Bytes first = joiner.start();
  auto answered = answer_password(password_, first, entropy_).value();
  OpenPeek peek(std::move(joiner).finish(answered.frame).value(), entropy_);
  const Bytes one = peek.start();
  ASSERT_TRUE(accept(answered).answer(one));

  auto again = answer_password(password_, first, entropy_).value();
  EXPECT_TRUE(accept(again).answer(one).error().is(Errc::wrong_password));
}

// Someone in between who does not know the password hands on each side's frames but puts in a
// share of its own.
TEST_F(RoomWithPassword, AShareFromSomeoneInBetweenIsAWrongPassword) {
  PasswordJoiner joiner(password_, entropy_);
  PasswordJoiner between(other_, entropy_);
  auto answered = answer_password(password_, between.start(), entropy_).value();
  OpenPeek peek(std::move(joiner).finish(answered.frame).value(), entropy_);
  EXPECT_TRUE(accept(answered).answer(peek.start()).error().is(Errc::wrong_password));
}

// The reference's people have written down their keys and all that they draw.

Person person_of(const Json& json) {
  using test::key_from_hex;
  using test::text_of;
  SeededEntropy none(0);
  Person person(none, text_of(json, "name"));
  person.identity = {
      crypto::Ed25519KeyPair::from(
          key_from_hex<crypto::Ed25519SecretKey>(text_of(json, "identity"))),
      crypto::X25519KeyPair::from(
          key_from_hex<crypto::X25519SecretKey>(text_of(json, "static"))),
      crypto::SealKeyPair::from(key_from_hex<crypto::SealSecretKey>(text_of(json, "seal")))};
  person.card = crypto::make_card(person.identity, text_of(json, "name"));
  return person;
}

void expect_transcript(const Json& vector) {
  const Person joiner = person_of(*vector.find("joiner"));
  const Person host = person_of(*vector.find("host"));
  ScriptedEntropy at_joiner({test::hex_of(*vector.find("joiner"), "draws")});
  ScriptedEntropy at_host({test::hex_of(*vector.find("host"), "draws")});
  std::vector<std::string> frames;
  const auto sent = [&](const Bytes& frame) { frames.push_back(to_hex(frame)); };

  OpenPsk joiner_psk;
  OpenPsk host_psk;
  if (vector.find("password") != nullptr) {
    const Secret password(test::hex_of(vector, "password"));
    PasswordJoiner exchange(password, at_joiner);
    sent(exchange.start());
    auto answered = answer_password(password, exchange.start(), at_host).value();
    sent(answered.frame);
    joiner_psk = std::move(exchange).finish(answered.frame).value();
    host_psk = std::move(answered.psk);
    EXPECT_EQ(to_hex(joiner_psk->view()), test::text_of(vector, "psk"));
  }
  OpenJoinerHandshake here(
      {.psk = std::move(joiner_psk),
       .host = host.card,
       .static_key = joiner.identity.static_key.copy(),
       .auth = {.card = joiner.card, .purpose = wire::Purpose::enter, .resume = std::nullopt}},
      at_joiner);
  OpenHostHandshake there(host.card, host.identity.static_key, std::move(host_psk), at_host);
  const Bytes one = here.start();
  const Bytes two = there.answer(one).value();
  const Bytes three = here.answer(two).value();
  for (const Bytes& frame : {one, two, three}) sent(frame);
  ASSERT_TRUE(there.authenticate(three));

  const Json::Array& expected = test::array_of(vector, "frames");
  ASSERT_EQ(frames.size(), expected.size());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i], *expected[i].string());
  const noise::Transport end = std::move(here).finish();
  EXPECT_EQ(to_hex(end.handshake_hash), test::text_of(vector, "handshake_hash"));
  EXPECT_EQ(to_hex(end.exporter.view()), test::text_of(vector, "exporter"));
  EXPECT_TRUE(at_joiner.used_up() && at_host.used_up());
}

TEST(OpenHandshakeReference, EveryFrameIsTheReferences) {
  const auto json = test::read_json(SOTTO_TEST_DATA "/open-handshake-reference.json");
  ASSERT_TRUE(json);
  for (const Json& vector : test::array_of(*json, "vectors")) expect_transcript(vector);
}

}  // namespace
}  // namespace sotto::session
