#include "noise/handshake_state.h"

#include <gtest/gtest.h>

#include "unit/crypto/testing.h"

namespace sotto::noise {
namespace {

constexpr std::string_view patterns[] = {"XKpsk3", "XX", "XXpsk0"};

// Where a bit is flipped on its way.
struct Flip {
  std::size_t message;
  std::size_t byte;
  unsigned bit;
};

// Both sides of one handshake, with the same keys every time.
class Handshake {
 public:
  explicit Handshake(std::string_view pattern_name,
                     std::string_view responder_prologue = "prologue")
      : pattern_(*parse_pattern(pattern_name)),
        initiator_(pattern_, Role::initiator, as_bytes("prologue"), initiator_keys()),
        responder_(pattern_, Role::responder, as_bytes(responder_prologue), responder_keys()) {}

  std::size_t messages() const { return pattern_.messages.size(); }
  HandshakeState& writer(std::size_t i) { return i % 2 == 0 ? initiator_ : responder_; }
  HandshakeState& reader(std::size_t i) { return i % 2 == 0 ? responder_ : initiator_; }

  // The index of the message whose reading failed; messages() when none did.
  std::size_t run(std::optional<Flip> flip = {}) {
    for (std::size_t i = 0; i < messages(); ++i) {
      auto message = writer(i).write_message(as_bytes("payload"), entropy_);
      if (!message) throw std::runtime_error(message.error().text());
      if (flip && flip->message == i) *message = test::flipped(*message, flip->byte, flip->bit);
      sizes_.push_back(message->size());
      const auto read = reader(i).read_message(*message);
      if (!read) {
        EXPECT_TRUE(read.error().is(Errc::decryption) || read.error().is(Errc::bad_key));
        return i;
      }
    }
    return messages();
  }

  Transport initiators_end() { return std::move(initiator_).finish(); }
  Transport responders_end() { return std::move(responder_).finish(); }
  const std::vector<std::size_t>& sizes() const { return sizes_; }
  const crypto::X25519PublicKey& static_of(Role role) const {
    return role == Role::initiator ? initiator_static_.public_key
                                   : responder_static_.public_key;
  }
  SeededEntropy& entropy() { return entropy_; }

 private:
  HandshakeState::Keys initiator_keys() {
    HandshakeState::Keys keys = common_keys(initiator_static_);
    if (pattern_.responder_static_known) keys.rs = responder_static_.public_key;
    return keys;
  }
  HandshakeState::Keys responder_keys() { return common_keys(responder_static_); }
  HandshakeState::Keys common_keys(const crypto::X25519KeyPair& s) {
    HandshakeState::Keys keys;
    keys.s = s.copy();
    if (pattern_.psks > 0) keys.psks.push_back(psk_.copy());
    return keys;
  }

  SeededEntropy entropy_{12};
  crypto::X25519KeyPair initiator_static_ = crypto::X25519KeyPair::generate(entropy_);
  crypto::X25519KeyPair responder_static_ = crypto::X25519KeyPair::generate(entropy_);
  crypto::SymmetricKey psk_{entropy_};
  Pattern pattern_;
  HandshakeState initiator_;
  HandshakeState responder_;
  std::vector<std::size_t> sizes_;
};

TEST(HandshakeState, EndsWithTheSameSecretsOnBothSides) {
  for (const std::string_view pattern : patterns) {
    SCOPED_TRACE(pattern);
    Handshake handshake(pattern);
    ASSERT_EQ(handshake.run(), handshake.messages());
    const Transport ours = handshake.initiators_end();
    const Transport theirs = handshake.responders_end();
    EXPECT_EQ(ours.handshake_hash, theirs.handshake_hash);
    EXPECT_EQ(to_hex(ours.exporter.view()), to_hex(theirs.exporter.view()));
    EXPECT_EQ(ours.remote_static, handshake.static_of(Role::responder));
    EXPECT_EQ(theirs.remote_static, handshake.static_of(Role::initiator));
  }
}

// Nothing authenticates message 1 of XX: a change there shows when message 2 is read.
TEST(HandshakeState, FailsForEveryFlippedBit) {
  for (const std::string_view pattern : patterns) {
    SCOPED_TRACE(pattern);
    Handshake untouched(pattern);
    ASSERT_EQ(untouched.run(), untouched.messages());
    for (std::size_t message = 0; message < untouched.messages(); ++message) {
      const std::size_t noticed = pattern == "XX" && message == 0 ? 1 : message;
      for (std::size_t byte = 0; byte < untouched.sizes()[message]; ++byte) {
        const auto bit = static_cast<unsigned>(byte % 8);
        ASSERT_EQ(Handshake(pattern).run(Flip{message, byte, bit}), noticed)
            << "message " << message << ", byte " << byte;
      }
    }
  }
}

// X25519 ignores the highest bit of a public key; the handshake does not.
TEST(HandshakeState, NoticesTheBitThatX25519Ignores) {
  EXPECT_EQ(Handshake("XKpsk3").run(Flip{0, 31, 7}), 0U);
  EXPECT_EQ(Handshake("XX").run(Flip{0, 31, 7}), 1U);
  EXPECT_EQ(Handshake("XKpsk3").run(Flip{1, 31, 7}), 1U);
}

TEST(HandshakeState, TransportNoticesEveryFlippedBitInBothDirections) {
  for (const std::string_view pattern : patterns) {
    Handshake handshake(pattern);
    ASSERT_EQ(handshake.run(), handshake.messages());
    Transport ours = handshake.initiators_end();
    Transport theirs = handshake.responders_end();
    const auto check = [](CipherState& send, CipherState& receive) {
      Bytes message(7 + tag_bytes);
      ASSERT_TRUE(send.encrypt_with_ad({}, as_bytes("payload"), message));
      Bytes out(7);
      for (std::size_t at = 0; at < message.size(); ++at) {
        EXPECT_FALSE(receive.decrypt_with_ad({}, test::flipped(message, at, at % 8), out));
      }
      EXPECT_TRUE(receive.decrypt_with_ad({}, message, out));
      EXPECT_EQ(as_text(out), "payload");
    };
    check(ours.send, theirs.receive);
    check(theirs.send, ours.receive);
  }
}

TEST(HandshakeState, FailsForEveryTruncation) {
  for (const std::string_view pattern : patterns) {
    SCOPED_TRACE(pattern);
    Handshake whole(pattern);
    const auto message = whole.writer(0).write_message(as_bytes("payload"), whole.entropy());
    ASSERT_TRUE(message);
    const std::size_t least = message->size() - 7;
    for (std::size_t length = 0; length < message->size(); ++length) {
      if (pattern == "XX" && length >= least) break;  // a shorter payload, unauthenticated
      Handshake fresh(pattern);
      const auto read = fresh.reader(0).read_message(ByteView(*message).first(length));
      ASSERT_FALSE(read);
      EXPECT_TRUE(read.error().is(length < least ? Errc::message_length : Errc::decryption));
    }
  }
}

TEST(HandshakeState, FailsForAnotherPrologue) {
  EXPECT_EQ(Handshake("XKpsk3", "another").run(), 0U);
  EXPECT_EQ(Handshake("XX", "another").run(), 1U);
}

TEST(HandshakeState, FailsForAnotherPskOrStaticKey) {
  SeededEntropy entropy(13);
  const auto pattern = *parse_pattern("XKpsk3");
  const auto host = crypto::X25519KeyPair::generate(entropy);
  const auto joiner_with = [&](const crypto::X25519PublicKey& rs, crypto::SymmetricKey psk) {
    HandshakeState::Keys keys;
    keys.s = crypto::X25519KeyPair::generate(entropy);
    keys.rs = rs;
    keys.psks.push_back(std::move(psk));
    return HandshakeState(pattern, Role::initiator, {}, std::move(keys));
  };
  const auto host_state = [&] {
    HandshakeState::Keys keys;
    keys.s = host.copy();
    return HandshakeState(pattern, Role::responder, {}, std::move(keys));
  };

  auto stranger = joiner_with(crypto::X25519KeyPair::generate(entropy).public_key,
                              crypto::SymmetricKey(entropy));
  auto silent_host = host_state();
  EXPECT_FALSE(silent_host.read_message(*stranger.write_message({}, entropy)));
  EXPECT_FALSE(silent_host.my_turn());
  EXPECT_FALSE(silent_host.finished());

  auto joiner = joiner_with(host.public_key, crypto::SymmetricKey(entropy));
  auto answering_host = host_state();
  ASSERT_TRUE(answering_host.read_message(*joiner.write_message(as_bytes("ref"), entropy)));
  answering_host.add_psk(crypto::SymmetricKey(entropy));  // of another invite
  ASSERT_TRUE(joiner.read_message(*answering_host.write_message({}, entropy)));
  const auto read = answering_host.read_message(*joiner.write_message({}, entropy));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::decryption));
}

TEST(HandshakeState, ARespondersPskMayArriveAfterMessageOne) {
  SeededEntropy entropy(14);
  const auto pattern = *parse_pattern("XKpsk3");
  const auto host = crypto::X25519KeyPair::generate(entropy);
  const crypto::SymmetricKey psk(entropy);
  HandshakeState::Keys ours;
  ours.s = crypto::X25519KeyPair::generate(entropy);
  ours.rs = host.public_key;
  ours.psks.push_back(psk.copy());
  HandshakeState::Keys theirs;
  theirs.s = host.copy();
  HandshakeState joiner(pattern, Role::initiator, {}, std::move(ours));
  HandshakeState responder(pattern, Role::responder, {}, std::move(theirs));

  const auto ref = responder.read_message(*joiner.write_message(as_bytes("ref"), entropy));
  ASSERT_TRUE(ref);
  EXPECT_EQ(as_text(*ref), "ref");
  responder.add_psk(psk.copy());
  ASSERT_TRUE(joiner.read_message(*responder.write_message({}, entropy)));
  ASSERT_TRUE(responder.read_message(*joiner.write_message(as_bytes("card"), entropy)));
  EXPECT_TRUE(joiner.finished());
  EXPECT_TRUE(responder.finished());
}

TEST(HandshakeState, AbortsForAKeyOfSmallOrder) {
  Handshake handshake("XKpsk3");
  auto message = handshake.writer(0).write_message({}, handshake.entropy());
  ASSERT_TRUE(message);
  std::ranges::fill(MutableBytes(*message).first(32), std::byte{0});
  const auto read = handshake.reader(0).read_message(*message);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::bad_key));
}

TEST(HandshakeState, TakesPayloadsUpToTheLimitOfTheSpec) {
  Handshake handshake("XKpsk3");
  const std::size_t room = message_limit - handshake.writer(0).overhead();
  const auto message = handshake.writer(0).write_message(Bytes(room), handshake.entropy());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->size(), message_limit);
  EXPECT_TRUE(handshake.reader(0).read_message(*message));

  Handshake too_long("XKpsk3");
  const auto refused = too_long.writer(0).write_message(Bytes(room + 1), too_long.entropy());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(Errc::message_length));
  const auto unread = too_long.reader(0).read_message(Bytes(message_limit + 1));
  ASSERT_FALSE(unread);
  EXPECT_TRUE(unread.error().is(Errc::message_length));
}

TEST(HandshakeState, AOneWayPatternHasNoWayBack) {
  SeededEntropy entropy(15);
  const auto pattern = *parse_pattern("N");
  HandshakeState::Keys theirs;
  theirs.s = crypto::X25519KeyPair::generate(entropy);
  HandshakeState::Keys ours;
  ours.rs = theirs.s->public_key;
  HandshakeState sender(pattern, Role::initiator, {}, std::move(ours));
  HandshakeState receiver(pattern, Role::responder, {}, std::move(theirs));
  ASSERT_TRUE(receiver.read_message(*sender.write_message({}, entropy)));
  Transport back = std::move(receiver).finish();
  Bytes out(100);
  const auto sent = back.send.encrypt_with_ad({}, as_bytes("no"), out);
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().is(Errc::nonce_exhausted));
}

TEST(HandshakeStateDeathTest, CallsOutOfTurnAreProgrammersErrors) {
  Handshake handshake("XX");
  EXPECT_DEATH(handshake.reader(0).write_message({}, handshake.entropy()).value(), "my_turn");
  EXPECT_DEATH(handshake.writer(0).read_message({}).value(), "my_turn");
  EXPECT_DEATH(static_cast<void>(handshake.initiators_end()), "finished");
}

}  // namespace
}  // namespace sotto::noise
