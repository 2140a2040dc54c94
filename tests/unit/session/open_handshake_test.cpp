// Without a psk and with one.  Where a psk comes from: open_room_test.cpp.
#include "session/open_handshake.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>

#include "crypto/hash.h"
#include "session/record.h"
#include "support/mutations.h"
#include "support/people.h"

namespace sotto::session {
namespace {

template <class T>
bool is_refused(const Result<T>& result) {
  return !result && result.error().is(Errc::handshake);
}

template <class T>
bool is_another_card(const Result<T>& result) {
  return !result && result.error().is(Errc::other_card);
}

bool contains(ByteView bytes, ByteView part) {
  return !std::ranges::search(bytes, part).empty();
}

// Entropy is drawn in the same order from the same seed, so a handshake can be repeated with
// one thing changed.  The parameter: is there a psk from a password?
class OpenHandshake : public testing::TestWithParam<bool> {
 protected:
  static constexpr std::uint64_t seed = 5;

  SeededEntropy people_entropy_{1};
  Person host_{people_entropy_, "Hanna"};
  Person joiner_{people_entropy_, "Joanna"};
  Person stranger_{people_entropy_, "Eve"};
  crypto::SymmetricKey psk_{people_entropy_};
  crypto::SymmetricKey other_psk_{people_entropy_};

  SeededEntropy joiner_entropy_{seed};
  SeededEntropy host_entropy_{seed + 1};

  OpenPsk psk() const {
    if (!GetParam()) return std::nullopt;
    return psk_.copy();
  }
  OpenJoinerParameters parameters() const {
    return {.psk = psk(),
            .host = host_.card,
            .static_key = joiner_.identity.static_key.copy(),
            .auth = {
                .card = joiner_.card, .purpose = wire::Purpose::enter, .resume = std::nullopt}};
  }
  OpenJoinerHandshake join(OpenJoinerParameters parameters) {
    joiner_entropy_ = SeededEntropy(seed);
    return {std::move(parameters), joiner_entropy_};
  }
  OpenJoinerHandshake join() { return join(parameters()); }
  OpenPeek peek() {
    joiner_entropy_ = SeededEntropy(seed);
    return {psk(), joiner_entropy_};
  }
  OpenHostHandshake accept(const crypto::Card& card, const crypto::X25519KeyPair& static_key,
                           std::uint64_t host_seed = seed + 1) {
    host_entropy_ = SeededEntropy(host_seed);
    return {card, static_key, psk(), host_entropy_};
  }
  OpenHostHandshake accept() { return accept(host_.card, host_.identity.static_key); }

  // The three messages as they go over the wire.
  struct Messages {
    Bytes one, two, three;
  };
  Messages messages() {
    Messages m;
    OpenJoinerHandshake joiner = join();
    OpenHostHandshake host = accept();
    m.one = joiner.start();
    m.two = host.answer(m.one).value();
    m.three = joiner.answer(m.two).value();
    return m;
  }

  // What the host makes of a joiner's third message.
  Result<wire::JoinerAuth> complete(OpenJoinerParameters parameters, OpenHostHandshake host) {
    OpenJoinerHandshake joiner = join(std::move(parameters));
    const auto second = host.answer(joiner.start());
    if (!second) return std::unexpected(second.error());
    const auto third = joiner.answer(*second);
    if (!third) return std::unexpected(third.error());
    return host.authenticate(*third);
  }

  // What a joiner makes of message 2, peeking and entering.
  std::pair<Result<crypto::Card>, Result<Bytes>> shown(const crypto::Card& card,
                                                       const crypto::X25519KeyPair& key) {
    OpenPeek peeking = peek();
    const Bytes one = peeking.start();
    const Bytes two = accept(card, key).answer(one).value();
    OpenJoinerHandshake entering = join();
    EXPECT_EQ(entering.start(), one);
    return {peeking.read_card(two), entering.answer(two)};
  }
};

INSTANTIATE_TEST_SUITE_P(Password, OpenHandshake, testing::Bool(),
                         [](const auto& with) { return with.param ? "With" : "Without"; });

TEST_P(OpenHandshake, APeekShowsTheCard) {
  OpenPeek peeking = peek();
  const auto card = peeking.read_card(accept().answer(peeking.start()).value());
  ASSERT_TRUE(card);
  EXPECT_EQ(*card, host_.card);
}

TEST_P(OpenHandshake, BothSidesLearnWhatTheyShould) {
  OpenJoinerParameters p = parameters();
  p.auth.purpose = wire::Purpose::send;
  const auto auth = complete(std::move(p), accept());
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->card, joiner_.card);
  EXPECT_EQ(auth->purpose, wire::Purpose::send);
  EXPECT_FALSE(auth->resume);
}

TEST_P(OpenHandshake, BothSidesEndWithTheSameKeysHashAndExporter) {
  OpenJoinerHandshake joiner = join();
  OpenHostHandshake host = accept();
  ASSERT_TRUE(host.authenticate(joiner.answer(host.answer(joiner.start()).value()).value()));
  noise::Transport here = std::move(joiner).finish();
  noise::Transport there = std::move(host).finish();

  EXPECT_EQ(here.handshake_hash, there.handshake_hash);
  EXPECT_TRUE(crypto::equal_constant_time(here.exporter.view(), there.exporter.view()));
  EXPECT_EQ(here.remote_static, host_.card.static_pk);
  EXPECT_EQ(there.remote_static, joiner_.card.static_pk);
  for (auto [from, to] : {std::pair(&here, &there), std::pair(&there, &here)}) {
    RecordSealer sealer(std::move(from->send));
    RecordOpener opener(std::move(to->receive));
    sealer.add(wire::FrameType::ping, 8);
    const Bytes record = to_bytes(sealer.seal().value());
    std::ranges::copy(record, opener.space().begin());
    opener.filled(record.size());
    EXPECT_TRUE(opener.next().value().has_value());
  }
}

TEST_P(OpenHandshake, EveryMessageHasItsExactSizeWhateverTheCards) {
  const std::string longest(64, 'x');
  host_.card = crypto::make_card(host_.identity, longest);
  OpenJoinerParameters p = parameters();
  p.auth.card = crypto::make_card(joiner_.identity, longest);
  p.auth.resume = wire::Resume{SessionId::random(people_entropy_), ~0ULL, ~0ULL};
  OpenJoinerHandshake joiner = join(std::move(p));
  OpenHostHandshake host = accept();
  const Bytes one = joiner.start();
  EXPECT_EQ(one.size(), GetParam() ? handshake_frame_bytes : first_frame_bytes);
  const Bytes two = host.answer(one).value();
  EXPECT_EQ(two.size(), handshake_frame_bytes);
  const Bytes three = joiner.answer(two).value();
  EXPECT_EQ(three.size(), handshake_frame_bytes);
  EXPECT_TRUE(host.authenticate(three));
}

TEST_P(OpenHandshake, APeekIsNotToldFromAJoinerByItsFirstMessage) {
  EXPECT_EQ(peek().start(), join().start());
}

TEST_P(OpenHandshake, NoMessageShowsWhoIsThere) {
  const Messages m = messages();
  for (const Bytes& message : {m.one, m.two, m.three}) {
    for (const crypto::Card& card : {host_.card, joiner_.card}) {
      EXPECT_FALSE(contains(message, card.identity_pk.view()));
      EXPECT_FALSE(contains(message, card.static_pk.view()));
      EXPECT_FALSE(contains(message, card.seal_pk.view()));
      EXPECT_FALSE(contains(message, as_bytes(card.name)));
    }
  }
}

// Message 1 is the same whoever sends it: nothing of the joiner is in it.
TEST_P(OpenHandshake, TheFirstMessageDependsOnNoIdentity) {
  OpenJoinerParameters p = parameters();
  p.static_key = stranger_.identity.static_key.copy();
  p.auth.card = stranger_.card;
  EXPECT_EQ(join(std::move(p)).start(), join().start());
}

TEST_P(OpenHandshake, NoTruncationOfAnyMessageIsTaken) {
  const Messages m = messages();
  for_each_truncation(m.one,
                      [&](ByteView cut) { ASSERT_TRUE(is_refused(accept().answer(cut))); });
  for_each_truncation(m.two, [&](ByteView cut) {
    OpenJoinerHandshake joiner = join();
    OpenPeek peeking = peek();
    joiner.start();
    peeking.start();
    ASSERT_TRUE(is_refused(joiner.answer(cut)));
    ASSERT_TRUE(is_refused(peeking.read_card(cut)));
  });
  for_each_truncation(m.three, [&](ByteView cut) {
    OpenHostHandshake host = accept();
    ASSERT_TRUE(host.answer(m.one));
    ASSERT_TRUE(is_refused(host.authenticate(cut)));
  });
}

TEST_P(OpenHandshake, NoByteTooManyIsTaken) {
  const Messages m = messages();
  const auto longer = [](Bytes message) {
    message.push_back(std::byte{0});
    return message;
  };
  EXPECT_TRUE(is_refused(accept().answer(longer(m.one))));
  OpenJoinerHandshake joiner = join();
  joiner.start();
  EXPECT_TRUE(is_refused(joiner.answer(longer(m.two))));
  OpenHostHandshake host = accept();
  ASSERT_TRUE(host.answer(m.one));
  EXPECT_TRUE(is_refused(host.authenticate(longer(m.three))));
}

// Without a psk nothing protects message 1 by itself: then message 2 does not fit it.
TEST_P(OpenHandshake, EveryFlippedBitOfMessageOneFails) {
  for_each_flipped_bit(messages().one, [&](ByteView damaged) {
    const auto second = accept().answer(damaged);
    ASSERT_FALSE(GetParam() && second);
    if (!second) return;
    OpenJoinerHandshake joiner = join();
    joiner.start();
    ASSERT_TRUE(is_refused(joiner.answer(*second)));
  });
}

TEST_P(OpenHandshake, EveryFlippedBitOfMessageTwoFails) {
  for_each_flipped_bit(messages().two, [&](ByteView damaged) {
    OpenJoinerHandshake joiner = join();
    joiner.start();
    ASSERT_TRUE(is_refused(joiner.answer(damaged)));
  });
}

TEST_P(OpenHandshake, EveryFlippedBitOfMessageTwoFailsAPeek) {
  for_each_flipped_bit(messages().two, [&](ByteView damaged) {
    OpenPeek peeking = peek();
    peeking.start();
    ASSERT_TRUE(is_refused(peeking.read_card(damaged)));
  });
}

TEST_P(OpenHandshake, EveryFlippedBitOfMessageThreeFails) {
  const Messages m = messages();
  for_each_flipped_bit(m.three, [&](ByteView damaged) {
    OpenHostHandshake host = accept();
    ASSERT_TRUE(host.answer(m.one));
    ASSERT_TRUE(is_refused(host.authenticate(damaged)));
  });
}

TEST_P(OpenHandshake, AnotherHostIsToldNothing) {
  const auto [card, third] = shown(stranger_.card, stranger_.identity.static_key);
  EXPECT_EQ(card.value(), stranger_.card);
  ASSERT_TRUE(is_another_card(third));
  for (const crypto::Card& named : {stranger_.card, host_.card}) {
    EXPECT_NE(third.error().text().find(crypto::to_string(crypto::fingerprint(named))),
              std::string::npos);
  }
}

TEST_P(OpenHandshake, ACardThatSharesSomeKeysOnlyIsAnotherCard) {
  crypto::Identity mixed{crypto::Ed25519KeyPair::from(host_.identity.identity.secret.copy()),
                         host_.identity.static_key.copy(),
                         crypto::SealKeyPair::generate(people_entropy_)};
  EXPECT_TRUE(
      is_another_card(shown(crypto::make_card(mixed, "Hanna"), mixed.static_key).second));
  mixed.static_key = crypto::X25519KeyPair::generate(people_entropy_);
  mixed.seal = crypto::SealKeyPair::from(host_.identity.seal.secret.copy());
  EXPECT_TRUE(
      is_another_card(shown(crypto::make_card(mixed, "Hanna"), mixed.static_key).second));
  // Eve may sign what she likes about Hanna's keys.
  mixed.identity = crypto::Ed25519KeyPair::from(stranger_.identity.identity.secret.copy());
  mixed.static_key = host_.identity.static_key.copy();
  EXPECT_TRUE(
      is_another_card(shown(crypto::make_card(mixed, "Hanna"), mixed.static_key).second));
}

TEST_P(OpenHandshake, AHostMayHaveChangedItsName) {
  const auto [card, third] =
      shown(crypto::make_card(host_.identity, "Johanna"), host_.identity.static_key);
  EXPECT_EQ(card->name, "Johanna");
  EXPECT_TRUE(third);
}

TEST_P(OpenHandshake, AHostWithSomeoneElsesCardIsRefused) {
  const auto [card, third] = shown(host_.card, stranger_.identity.static_key);
  EXPECT_TRUE(is_refused(card));
  EXPECT_TRUE(is_refused(third));
}

TEST_P(OpenHandshake, AHostsCardWithAWrongSignatureIsRefused) {
  host_.card.name = "Not Hanna";
  const auto [card, third] = shown(host_.card, host_.identity.static_key);
  EXPECT_TRUE(is_refused(card));
  EXPECT_TRUE(is_refused(third));
}

TEST_P(OpenHandshake, AJoinerWithSomeoneElsesCardIsRefused) {
  OpenJoinerParameters p = parameters();
  p.auth.card = stranger_.card;
  EXPECT_TRUE(is_refused(complete(std::move(p), accept())));
}

TEST_P(OpenHandshake, AJoinersCardWithAWrongSignatureIsRefused) {
  OpenJoinerParameters p = parameters();
  p.auth.card.name = "Not Joanna";
  EXPECT_TRUE(is_refused(complete(std::move(p), accept())));
}

TEST_P(OpenHandshake, AReplayedJoinerObtainsMessageTwoAndCannotBeCompleted) {
  const Messages recorded = messages();
  OpenHostHandshake host = accept(host_.card, host_.identity.static_key, 77);
  const auto two = host.answer(recorded.one);
  ASSERT_TRUE(two);
  EXPECT_NE(*two, recorded.two);
  EXPECT_TRUE(is_refused(host.authenticate(recorded.three)));
}

TEST_P(OpenHandshake, AReplayedHostIsRefused) {
  const Messages recorded = messages();
  SeededEntropy other(78);
  OpenJoinerHandshake joiner(parameters(), other);
  joiner.start();
  EXPECT_TRUE(is_refused(joiner.answer(recorded.two)));
}

TEST_P(OpenHandshake, UserDataInTheFirstMessageIsRefused) {
  const LinkPattern pattern = GetParam() ? LinkPattern::xx_psk0 : LinkPattern::xx;
  noise::HandshakeState::Keys keys;
  if (GetParam()) keys.psks.push_back(psk_.copy());
  noise::HandshakeState noise(noise::parse_pattern(GetParam() ? "XXpsk0" : "XX").value(),
                              noise::Role::initiator, open_prologue(pattern), std::move(keys));
  Bytes one = write_frame(noise, to_bytes("x"), joiner_entropy_).value();
  if (!GetParam()) one = with_pattern(pattern, one);
  EXPECT_TRUE(is_refused(accept().answer(one)));
}

// What the two patterns do not share.

class OpenHandshakeWithPassword : public OpenHandshake {};
class OpenHandshakeWithoutPassword : public OpenHandshake {};
INSTANTIATE_TEST_SUITE_P(Only, OpenHandshakeWithPassword, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Only, OpenHandshakeWithoutPassword, testing::Values(false));

TEST_P(OpenHandshakeWithoutPassword, TheFirstMessageStartsWithVersionAndPattern) {
  const Bytes one = messages().one;
  EXPECT_EQ(one[0], std::byte{1});
  EXPECT_EQ(one[1], std::byte{2});
  for (int value = 0; value < 256; ++value) {
    for (const std::size_t at : {0U, 1U}) {
      Bytes changed = one;
      changed[at] = static_cast<std::byte>(value);
      EXPECT_EQ(accept().answer(changed).has_value(), changed == one) << value;
    }
  }
}

TEST_P(OpenHandshakeWithPassword, AnotherPskShowsAtTheHostInMessageOne) {
  OpenJoinerParameters p = parameters();
  p.psk = other_psk_.copy();
  const auto second = accept().answer(join(std::move(p)).start());
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(Errc::wrong_password));
}

TEST_P(OpenHandshakeWithPassword, AHostWithAnotherPskIsRefused) {
  OpenHostHandshake fake(host_.card, host_.identity.static_key, other_psk_.copy(),
                         host_entropy_);
  EXPECT_TRUE(fake.answer(join().start()).error().is(Errc::wrong_password));
}

TEST_P(OpenHandshakeWithPassword, OneWithoutAPasswordIsRefused) {
  OpenJoinerParameters p = parameters();
  p.psk.reset();
  EXPECT_TRUE(is_refused(accept().answer(join(std::move(p)).start())));
  SeededEntropy entropy(9);
  OpenHostHandshake open(host_.card, host_.identity.static_key, std::nullopt, entropy);
  EXPECT_TRUE(is_refused(open.answer(join().start())));
}

}  // namespace
}  // namespace sotto::session
