#include "session/handshake.h"

#include <cassert>

#include "base/big_endian.h"
#include "crypto/hash.h"
#include "noise/patterns.h"

namespace sotto::session {
namespace {

std::unexpected<Error> not_sotto() {
  return fail(
      Errc::handshake,
      "The other side did not answer as the host we know: another program listens there, "
      "or its keys are not the ones in the connection file. Ask the host for a new file.");
}

noise::HandshakeState make_noise(noise::Role role,
                                 const crypto::Ed25519PublicKey& host_identity,
                                 const crypto::X25519PublicKey& host_static,
                                 noise::HandshakeState::Keys keys) {
  static const noise::Pattern pattern = noise::parse_pattern("XKpsk3").value();
  return {pattern, role, xk_prologue(host_identity, host_static), std::move(keys)};
}

// length (2) | a Noise message of exactly handshake_message_bytes
Result<Bytes> write_frame(noise::HandshakeState& noise, ByteView payload, Entropy& entropy) {
  const Bytes padded = wire::pad_handshake(payload, handshake_message_bytes - noise.overhead());
  auto message = noise.write_message(padded, entropy);
  if (!message) return not_sotto();
  Bytes frame;
  frame.reserve(handshake_frame_bytes);
  append_be(frame, static_cast<std::uint16_t>(message->size()));
  append(frame, *message);
  assert(frame.size() == handshake_frame_bytes);
  return frame;
}

Result<Bytes> read_frame(noise::HandshakeState& noise, ByteView frame) {
  if (frame.size() != handshake_frame_bytes ||
      load_be<std::uint16_t>(frame) != handshake_message_bytes) {
    return not_sotto();
  }
  const auto padded = noise.read_message(frame.subspan(2));
  if (!padded) return not_sotto();
  auto payload = wire::unpad_handshake(*padded);
  if (!payload) return not_sotto();
  return payload;
}

}  // namespace

Bytes xk_prologue(const crypto::Ed25519PublicKey& host_identity,
                  const crypto::X25519PublicKey& host_static) {
  Bytes prologue = to_bytes("sotto link 1");
  append_be(prologue, link_version);
  append_be(prologue, static_cast<std::uint8_t>(LinkPattern::xk_psk3));
  append(prologue, crypto::blake2b_256({host_identity.view(), host_static.view()}));
  return prologue;
}

JoinerHandshake::JoinerHandshake(JoinerParameters parameters, Entropy& entropy)
    : entropy_(entropy), parameters_(std::move(parameters)), noise_([this] {
        noise::HandshakeState::Keys keys;
        keys.s = parameters_.static_key.copy();
        keys.rs = parameters_.host_static;
        keys.psks.push_back(parameters_.psk.copy());
        return make_noise(noise::Role::initiator, parameters_.host_identity,
                          parameters_.host_static, std::move(keys));
      }()) {}

Result<Bytes> JoinerHandshake::start() {
  // -> e, es
  auto frame = write_frame(noise_, wire::encode(wire::Hello{parameters_.ref}), entropy_);
  if (!frame) return frame;
  Bytes out;
  append_be(out, link_version);
  append_be(out, static_cast<std::uint8_t>(LinkPattern::xk_psk3));
  append(out, *frame);
  return out;
}

Result<Bytes> JoinerHandshake::answer(ByteView frame) {
  // <- e, ee
  if (auto payload = read_frame(noise_, frame); !payload) return pass(payload);
  // -> s, se, psk
  return write_frame(noise_, wire::encode(parameters_.auth), entropy_);
}

noise::Transport JoinerHandshake::finish() && {
  return std::move(noise_).finish();
}

HostHandshake::HostHandshake(const crypto::Ed25519PublicKey& identity_pk,
                             const crypto::X25519KeyPair& static_key, Entropy& entropy)
    : entropy_(entropy), noise_([&] {
        noise::HandshakeState::Keys keys;
        keys.s = static_key.copy();
        return make_noise(noise::Role::responder, identity_pk, static_key.public_key,
                          std::move(keys));
      }()) {}

Result<LinkRef> HostHandshake::hello(ByteView frame) {
  if (frame.size() != first_frame_bytes || frame[0] != std::byte{link_version} ||
      frame[1] != static_cast<std::byte>(LinkPattern::xk_psk3)) {
    return not_sotto();
  }
  // -> e, es
  const auto payload = read_frame(noise_, frame.subspan(2));
  if (!payload) return std::unexpected(payload.error());
  const auto hello = wire::decode_hello(*payload);
  if (!hello) return not_sotto();
  return hello->ref;
}

Result<Bytes> HostHandshake::respond(crypto::SymmetricKey psk) {
  noise_.add_psk(std::move(psk));
  // <- e, ee
  return write_frame(noise_, {}, entropy_);
}

Result<wire::JoinerAuth> HostHandshake::authenticate(ByteView frame) {
  // -> s, se, psk
  const auto payload = read_frame(noise_, frame);
  if (!payload) return std::unexpected(payload.error());
  auto auth = wire::decode_joiner_auth(*payload);
  if (!auth) return not_sotto();
  // A card of someone else proves nothing: its static key must be the one just proved.
  if (auth->card.static_pk != noise_.remote_static()) return not_sotto();
  return auth;
}

noise::Transport HostHandshake::finish() && {
  return std::move(noise_).finish();
}

}  // namespace sotto::session
