#include "session/handshake.h"

#include <gtest/gtest.h>
#include <optional>

#include "crypto/hash.h"
#include "session/record.h"
#include "support/mutations.h"
#include "support/people.h"

namespace sotto::session {
namespace {

// Entropy is drawn in the same order from the same seed, so a handshake can be repeated with
// one thing changed.
class Handshake : public testing::Test {
 protected:
  static constexpr std::uint64_t seed = 5;

  SeededEntropy people_entropy_{1};
  Person host_{people_entropy_, "Hanna"};
  Person joiner_{people_entropy_, "Jo"};
  Person stranger_{people_entropy_, "Eve"};
  LinkRef ref_ = LinkRef::random(people_entropy_);
  crypto::SymmetricKey psk_{people_entropy_};
  crypto::SymmetricKey other_psk_{people_entropy_};

  SeededEntropy joiner_entropy_{seed};
  SeededEntropy host_entropy_{seed + 1};

  JoinerParameters parameters() const { return joiner_parameters(joiner_, host_, ref_, psk_); }
  JoinerHandshake join(JoinerParameters parameters) {
    joiner_entropy_ = SeededEntropy(seed);
    return {std::move(parameters), joiner_entropy_};
  }
  JoinerHandshake join() { return join(parameters()); }
  HostHandshake accept(const Person& host) {
    host_entropy_ = SeededEntropy(seed + 1);
    return {host.card.identity_pk, host.identity.static_key, host_entropy_};
  }
  HostHandshake accept() { return accept(host_); }

  // The three messages as they go over the wire.
  struct Messages {
    Bytes one, two, three;
  };
  Messages messages() {
    Messages m;
    JoinerHandshake joiner = join();
    HostHandshake host = accept();
    m.one = joiner.start().value();
    EXPECT_TRUE(host.hello(m.one));
    m.two = host.respond(psk_.copy()).value();
    m.three = joiner.answer(m.two).value();
    return m;
  }

  // What the host makes of a joiner's third message.
  Result<wire::JoinerAuth> complete(JoinerParameters parameters,
                                    const crypto::SymmetricKey& host_psk) {
    JoinerHandshake joiner = join(std::move(parameters));
    HostHandshake host = accept();
    const auto ref = host.hello(joiner.start().value());
    if (!ref) return std::unexpected(ref.error());
    const auto answer = host.respond(host_psk.copy());
    if (!answer) return std::unexpected(answer.error());
    const auto third = joiner.answer(*answer);
    if (!third) return std::unexpected(third.error());
    return host.authenticate(*third);
  }
};

template <class T>
bool is_refused(const Result<T>& result) {
  return !result && result.error().is(Errc::handshake);
}

TEST_F(Handshake, BothSidesLearnWhatTheyShould) {
  JoinerParameters p = parameters();
  p.auth.purpose = wire::Purpose::send;
  p.auth.resume = wire::Resume{SessionId::random(people_entropy_), 7, 99};
  const wire::Resume resume = *p.auth.resume;
  JoinerHandshake joiner = join(std::move(p));
  HostHandshake host = accept();

  EXPECT_EQ(host.hello(joiner.start().value()).value(), ref_);
  const auto auth = host.authenticate(joiner.answer(host.respond(psk_.copy()).value()).value());
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->card, joiner_.card);
  EXPECT_EQ(auth->purpose, wire::Purpose::send);
  ASSERT_TRUE(auth->resume);
  EXPECT_EQ(auth->resume->session_id, resume.session_id);
  EXPECT_EQ(auth->resume->link_no, 7U);
  EXPECT_EQ(auth->resume->last_received, 99U);
}

TEST_F(Handshake, BothSidesEndWithTheSameKeysHashAndExporter) {
  JoinerHandshake joiner = join();
  HostHandshake host = accept();
  ASSERT_TRUE(host.hello(joiner.start().value()));
  ASSERT_TRUE(host.authenticate(joiner.answer(host.respond(psk_.copy()).value()).value()));
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

TEST_F(Handshake, EveryMessageHasItsExactSize) {
  const Messages m = messages();
  EXPECT_EQ(m.one.size(), 516U);
  EXPECT_EQ(m.two.size(), 514U);
  EXPECT_EQ(m.three.size(), 514U);
  JoinerParameters p = parameters();
  p.auth.card = crypto::make_card(joiner_.identity, std::string(64, 'x'));
  p.auth.resume = wire::Resume{SessionId::random(people_entropy_), ~0ULL, ~0ULL};
  JoinerHandshake joiner = join(std::move(p));
  HostHandshake host = accept();
  ASSERT_TRUE(host.hello(joiner.start().value()));
  EXPECT_EQ(joiner.answer(host.respond(psk_.copy()).value())->size(), 514U);
}

TEST_F(Handshake, TheFirstMessageStartsWithVersionAndPattern) {
  const Bytes one = messages().one;
  EXPECT_EQ(one[0], std::byte{link_version});
  EXPECT_EQ(one[1], static_cast<std::byte>(LinkPattern::xk_psk3));
}

TEST_F(Handshake, ThePrologueBindsVersionPatternAndHost) {
  const Bytes prologue = xk_prologue(host_.card.identity_pk, host_.card.static_pk);
  ASSERT_EQ(prologue.size(), 12U + 2U + 32U);
  EXPECT_EQ(as_text(ByteView(prologue).first(12)), "sotto link 1");
  EXPECT_EQ(prologue[12], std::byte{1});
  EXPECT_EQ(prologue[13], std::byte{1});
  EXPECT_EQ(to_bytes(ByteView(prologue).subspan(14)),
            to_bytes(crypto::blake2b_256(
                {host_.card.identity_pk.view(), host_.card.static_pk.view()})));
}

TEST_F(Handshake, NoTruncationOfAnyMessageIsTaken) {
  const Messages m = messages();
  for_each_truncation(m.one,
                      [&](ByteView cut) { ASSERT_TRUE(is_refused(accept().hello(cut))); });
  for_each_truncation(m.two, [&](ByteView cut) {
    JoinerHandshake joiner = join();
    ASSERT_TRUE(joiner.start());
    ASSERT_TRUE(is_refused(joiner.answer(cut)));
  });
  for_each_truncation(m.three, [&](ByteView cut) {
    HostHandshake host = accept();
    ASSERT_TRUE(host.hello(m.one) && host.respond(psk_.copy()));
    ASSERT_TRUE(is_refused(host.authenticate(cut)));
  });
}

TEST_F(Handshake, NoByteTooManyIsTaken) {
  Messages m = messages();
  for (Bytes* message : {&m.one, &m.two, &m.three}) message->push_back(std::byte{0});
  EXPECT_TRUE(is_refused(accept().hello(m.one)));
  JoinerHandshake joiner = join();
  ASSERT_TRUE(joiner.start());
  EXPECT_TRUE(is_refused(joiner.answer(m.two)));
  HostHandshake host = accept();
  m.one.pop_back();
  ASSERT_TRUE(host.hello(m.one) && host.respond(psk_.copy()));
  EXPECT_TRUE(is_refused(host.authenticate(m.three)));
}

TEST_F(Handshake, EveryFlippedBitOfMessageOneFails) {
  for_each_flipped_bit(messages().one, [&](ByteView damaged) {
    ASSERT_TRUE(is_refused(accept().hello(damaged)));
  });
}

TEST_F(Handshake, EveryFlippedBitOfMessageTwoFails) {
  for_each_flipped_bit(messages().two, [&](ByteView damaged) {
    JoinerHandshake joiner = join();
    ASSERT_TRUE(joiner.start());
    ASSERT_TRUE(is_refused(joiner.answer(damaged)));
  });
}

TEST_F(Handshake, EveryFlippedBitOfMessageThreeFails) {
  const Messages m = messages();
  for_each_flipped_bit(m.three, [&](ByteView damaged) {
    HostHandshake host = accept();
    ASSERT_TRUE(host.hello(m.one) && host.respond(psk_.copy()));
    ASSERT_TRUE(is_refused(host.authenticate(damaged)));
  });
}

TEST_F(Handshake, AWrongPskFailsAtTheHost) {
  EXPECT_TRUE(is_refused(complete(parameters(), other_psk_)));
  JoinerParameters p = parameters();
  p.psk = other_psk_.copy();
  EXPECT_TRUE(is_refused(complete(std::move(p), psk_)));
}

TEST_F(Handshake, AHostWithAnotherStaticKeyUnderstandsNothing) {
  JoinerHandshake joiner = join();
  HostHandshake other = accept(stranger_);
  EXPECT_TRUE(is_refused(other.hello(joiner.start().value())));
}

TEST_F(Handshake, AHostWithTheStaticKeyUnderAnotherIdentityUnderstandsNothing) {
  JoinerHandshake joiner = join();
  host_entropy_ = SeededEntropy(seed + 1);
  HostHandshake other(stranger_.card.identity_pk, host_.identity.static_key, host_entropy_);
  EXPECT_TRUE(is_refused(other.hello(joiner.start().value())));
}

TEST_F(Handshake, AHostKeyThatIsNoKeyIsRefusedBeforeAByteIsSent) {
  JoinerParameters p = parameters();
  p.host_static = crypto::X25519PublicKey();
  EXPECT_TRUE(is_refused(join(std::move(p)).start()));
}

TEST_F(Handshake, ACardOfSomeoneElseIsRefused) {
  JoinerParameters p = parameters();
  p.auth.card = stranger_.card;
  EXPECT_TRUE(is_refused(complete(std::move(p), psk_)));
}

TEST_F(Handshake, ACardWithAWrongSignatureIsRefused) {
  JoinerParameters p = parameters();
  p.auth.card.name = "Not Jo";
  EXPECT_TRUE(is_refused(complete(std::move(p), psk_)));
}

TEST_F(Handshake, AReplayedFirstMessageObtainsMessageTwoAndCannotBeCompleted) {
  const Messages recorded = messages();
  SeededEntropy later(77);
  HostHandshake host(host_.card.identity_pk, host_.identity.static_key, later);
  ASSERT_TRUE(host.hello(recorded.one));
  const auto two = host.respond(psk_.copy());
  ASSERT_TRUE(two);
  EXPECT_NE(*two, recorded.two);
  EXPECT_TRUE(is_refused(host.authenticate(recorded.three)));
}

TEST_F(Handshake, MessagesOfAnotherHandshakeDoNotFit) {
  const Messages recorded = messages();
  SeededEntropy other(78);
  JoinerHandshake joiner(parameters(), other);
  ASSERT_TRUE(joiner.start());
  EXPECT_TRUE(is_refused(joiner.answer(recorded.two)));
}

TEST_F(Handshake, OnlyTheKnownVersionAndPatternAreTaken) {
  const Bytes one = messages().one;
  for (int value = 0; value < 256; ++value) {
    for (const std::size_t at : {0U, 1U}) {
      Bytes changed = one;
      changed[at] = static_cast<std::byte>(value);
      EXPECT_EQ(accept().hello(changed).has_value(), changed == one) << value;
    }
  }
}

}  // namespace
}  // namespace sotto::session
