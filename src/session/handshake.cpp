#include "session/handshake.h"

#include "crypto/hash.h"
#include "noise/patterns.h"
#include "session/handshake_frame.h"

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

// What the frame layer says of a handshake that fails, in the words of one who has a file.
Result<Bytes> as_ours(Result<Bytes> bytes) {
  if (!bytes) return not_sotto();
  return bytes;
}

}  // namespace

Bytes xk_prologue(const crypto::Ed25519PublicKey& host_identity,
                  const crypto::X25519PublicKey& host_static) {
  Bytes prologue = open_prologue(LinkPattern::xk_psk3);
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
  const auto frame =
      as_ours(write_frame(noise_, wire::encode(wire::Hello{parameters_.ref}), entropy_));
  if (!frame) return frame;
  return with_pattern(LinkPattern::xk_psk3, *frame);
}

Result<Bytes> JoinerHandshake::answer(ByteView frame) {
  // <- e, ee
  if (auto payload = as_ours(read_frame(noise_, frame)); !payload) return pass(payload);
  // -> s, se, psk
  return as_ours(write_frame(noise_, wire::encode(parameters_.auth), entropy_));
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
  const auto first = without_pattern(LinkPattern::xk_psk3, frame);
  if (!first) return not_sotto();
  // -> e, es
  const auto payload = as_ours(read_frame(noise_, *first));
  if (!payload) return std::unexpected(payload.error());
  const auto hello = wire::decode_hello(*payload);
  if (!hello) return not_sotto();
  return hello->ref;
}

Result<Bytes> HostHandshake::respond(crypto::SymmetricKey psk) {
  noise_.add_psk(std::move(psk));
  // <- e, ee
  return as_ours(write_frame(noise_, {}, entropy_));
}

Result<wire::JoinerAuth> HostHandshake::authenticate(ByteView frame) {
  // -> s, se, psk
  const auto payload = as_ours(read_frame(noise_, frame));
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
