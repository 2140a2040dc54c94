// Both sides of every handshake in a vector file, byte for byte, and the transport messages
// after it.  The files: the published one (SOTTO_NOISE_VECTORS names another), and ours, which
// tests/reference/noise_reference.py writes.
#include <cstdlib>
#include <gtest/gtest.h>

#include "noise/handshake_state.h"
#include "paths.h"
#include "unit/crypto/testing.h"

namespace sotto::noise {
namespace {

using test::hex_of;
using test::text_of;

constexpr std::string_view name_prefix = "Noise_";
constexpr std::string_view name_suffix = "_25519_ChaChaPoly_BLAKE2b";

std::string_view pattern_name(std::string_view protocol) {
  EXPECT_TRUE(protocol.starts_with(name_prefix) && protocol.ends_with(name_suffix)) << protocol;
  protocol.remove_prefix(name_prefix.size());
  protocol.remove_suffix(name_suffix.size());
  return protocol;
}

std::optional<crypto::X25519KeyPair> pair_of(const Json& vector, const std::string& key) {
  if (vector.find(key) == nullptr) return std::nullopt;
  return crypto::X25519KeyPair::from(
      test::key_from_hex<crypto::X25519SecretKey>(text_of(vector, key)));
}

// `side` is "init" or "resp".
HandshakeState::Keys keys_of(const Json& vector, const std::string& side) {
  HandshakeState::Keys keys;
  keys.s = pair_of(vector, side + "_static");
  keys.e = pair_of(vector, side + "_ephemeral");
  if (vector.find(side + "_remote_static") != nullptr) {
    keys.rs =
        test::key_from_hex<crypto::X25519PublicKey>(text_of(vector, side + "_remote_static"));
  }
  for (const Json& psk : test::array_of(vector, side + "_psks")) {
    keys.psks.push_back(test::key_from_hex<crypto::SymmetricKey>(*psk.string()));
  }
  return keys;
}

// One message of the handshake.
void pass_on(HandshakeState& writer, HandshakeState& reader, ByteView payload,
             ByteView expected) {
  test::NoEntropy entropy;
  ASSERT_TRUE(writer.my_turn());
  ASSERT_FALSE(reader.my_turn());
  EXPECT_EQ(writer.overhead(), expected.size() - payload.size());
  EXPECT_EQ(reader.overhead(), writer.overhead());
  const auto message = writer.write_message(payload, entropy);
  ASSERT_TRUE(message) << message.error().text();
  ASSERT_EQ(to_hex(*message), to_hex(expected));
  const auto read = reader.read_message(*message);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(to_hex(*read), to_hex(payload));
}

// One message after it.
void pass_on(CipherState& sender, CipherState& receiver, ByteView payload, ByteView expected) {
  Bytes message(payload.size() + tag_bytes);
  ASSERT_TRUE(sender.encrypt_with_ad({}, payload, message));
  ASSERT_EQ(to_hex(message), to_hex(expected));
  Bytes read(payload.size());
  ASSERT_TRUE(receiver.decrypt_with_ad({}, message, read));
  EXPECT_EQ(to_hex(read), to_hex(payload));
}

void compare_ends(const Json& vector, const Transport& initiator, const Transport& responder) {
  EXPECT_EQ(initiator.handshake_hash, responder.handshake_hash);
  EXPECT_EQ(to_hex(initiator.exporter.view()), to_hex(responder.exporter.view()));
  if (vector.find("handshake_hash") != nullptr) {
    EXPECT_EQ(to_hex(initiator.handshake_hash), text_of(vector, "handshake_hash"));
  }
  if (vector.find("exporter") != nullptr) {
    EXPECT_EQ(to_hex(initiator.exporter.view()), text_of(vector, "exporter"));
  }
}

void run_vector(const Json& vector) {
  const auto pattern = parse_pattern(pattern_name(text_of(vector, "protocol_name")));
  ASSERT_TRUE(pattern);
  ASSERT_EQ(protocol_name(*pattern), text_of(vector, "protocol_name"));
  HandshakeState initiator(*pattern, Role::initiator, hex_of(vector, "init_prologue"),
                           keys_of(vector, "init"));
  HandshakeState responder(*pattern, Role::responder, hex_of(vector, "resp_prologue"),
                           keys_of(vector, "resp"));

  const Json::Array& messages = test::array_of(vector, "messages");
  const std::size_t handshake_messages = pattern->messages.size();
  ASSERT_GT(messages.size(), handshake_messages);
  const auto by_initiator = [&](std::size_t i) { return i % 2 == 0 || pattern->one_way(); };
  for (std::size_t i = 0; i < handshake_messages; ++i) {
    pass_on(by_initiator(i) ? initiator : responder, by_initiator(i) ? responder : initiator,
            hex_of(messages[i], "payload"), hex_of(messages[i], "ciphertext"));
    if (testing::Test::HasFatalFailure()) return;
  }

  ASSERT_TRUE(initiator.finished() && responder.finished());
  Transport ours = std::move(initiator).finish();
  Transport theirs = std::move(responder).finish();
  compare_ends(vector, ours, theirs);
  for (std::size_t i = handshake_messages; i < messages.size(); ++i) {
    pass_on(by_initiator(i) ? ours.send : theirs.send,
            by_initiator(i) ? theirs.receive : ours.receive, hex_of(messages[i], "payload"),
            hex_of(messages[i], "ciphertext"));
  }
}

// Returns how many were run.
std::size_t run_all(const Json& file) {
  std::size_t run = 0;
  for (const Json& vector : test::array_of(file, "vectors")) {
    SCOPED_TRACE(text_of(vector, "protocol_name"));
    run_vector(vector);
    ++run;
  }
  return run;
}

TEST(NoiseVectors, PublishedOnesPass) {
  const char* chosen = std::getenv("SOTTO_NOISE_VECTORS");
  const std::string path =
      chosen != nullptr ? chosen : SOTTO_VECTORS "/noise-snow-25519-chachapoly-blake2b.json";
  const auto file = test::read_json(path);
  if (!file) GTEST_SKIP() << "the published Noise vectors are not at " << path;
  const std::size_t run = run_all(*file);
  EXPECT_GT(run, 0U);
  if (chosen == nullptr) {
    EXPECT_EQ(run, 51U);
  }
}

TEST(NoiseVectors, OurReferencesOnesPass) {
  const auto file = test::read_json(SOTTO_TEST_DATA "/noise-reference.json");
  ASSERT_TRUE(file);
  EXPECT_EQ(run_all(*file), 3U);
}

}  // namespace
}  // namespace sotto::noise
