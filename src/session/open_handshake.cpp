#include "session/open_handshake.h"

#include <cassert>

#include "noise/errors.h"
#include "wire/card.h"

namespace sotto::session {
namespace {

std::unexpected<Error> no_host() {
  return fail(Errc::handshake,
              "The other side did not answer as the host of an open room: another program "
              "listens there, it does not know the room's password, or something changed the "
              "connection on its way. Check the address, or ask the host for a connection "
              "file.");
}

std::unexpected<Error> no_joiner() {
  return fail(Errc::handshake,
              "Someone connected who did not shake hands as a joiner of an open room does: "
              "another program, or another version of sotto.");
}

std::unexpected<Error> wrong_password() {
  return fail(Errc::wrong_password, "Someone tried to join with another password.");
}

std::unexpected<Error> another_card(const crypto::Card& expected, const crypto::Card& shown) {
  return fail(Errc::other_card,
              "The host shows another card than the one to join: its fingerprint is " +
                  crypto::to_string(crypto::fingerprint(shown)) + ", not " +
                  crypto::to_string(crypto::fingerprint(expected)) +
                  ". It was told nothing about you. Someone may stand in between: compare "
                  "fingerprints with the host by another way before you join again.");
}

LinkPattern pattern_with(const OpenPsk& psk) {
  return psk ? LinkPattern::xx_psk0 : LinkPattern::xx;
}

noise::HandshakeState make_noise(noise::Role role, LinkPattern pattern,
                                 std::optional<crypto::X25519KeyPair> s, OpenPsk psk) {
  static const noise::Pattern xx = noise::parse_pattern("XX").value();
  static const noise::Pattern xx_psk0 = noise::parse_pattern("XXpsk0").value();
  noise::HandshakeState::Keys keys;
  keys.s = std::move(s);
  if (psk) keys.psks.push_back(std::move(*psk));
  return {pattern == LinkPattern::xx ? xx : xx_psk0, role, open_prologue(pattern),
          std::move(keys)};
}

// -> e   or   -> psk, e
Bytes write_first(noise::HandshakeState& noise, LinkPattern pattern, Entropy& entropy) {
  const auto frame = write_frame(noise, {}, entropy);
  assert(frame && "this message has no Diffie-Hellman that could fail");
  return pattern == LinkPattern::xx ? with_pattern(pattern, *frame) : *frame;
}

// <- e, ee, s, es
Result<crypto::Card> read_second(noise::HandshakeState& noise, ByteView frame) {
  const auto payload = read_frame(noise, frame);
  if (!payload) return no_host();
  auto card = wire::decode_card(*payload);
  if (!card) return no_host();
  // A card of someone else proves nothing: its static key must be the one just proved.
  if (card->static_pk != noise.remote_static()) return no_host();
  return card;
}

bool same_keys(const crypto::Card& a, const crypto::Card& b) {
  return a.identity_pk == b.identity_pk && a.static_pk == b.static_pk && a.seal_pk == b.seal_pk;
}

}  // namespace

OpenPeek::OpenPeek(OpenPsk psk, Entropy& entropy)
    : entropy_(entropy),
      pattern_(pattern_with(psk)),
      // No static key: a peek cannot write message 3.
      noise_(make_noise(noise::Role::initiator, pattern_, std::nullopt, std::move(psk))) {}

Bytes OpenPeek::start() {
  return write_first(noise_, pattern_, entropy_);
}

Result<crypto::Card> OpenPeek::read_card(ByteView frame) {
  return read_second(noise_, frame);
}

OpenJoinerHandshake::OpenJoinerHandshake(OpenJoinerParameters parameters, Entropy& entropy)
    : entropy_(entropy),
      pattern_(pattern_with(parameters.psk)),
      parameters_(std::move(parameters)),
      noise_(make_noise(noise::Role::initiator, pattern_, parameters_.static_key.copy(),
                        std::move(parameters_.psk))) {}

Bytes OpenJoinerHandshake::start() {
  return write_first(noise_, pattern_, entropy_);
}

Result<Bytes> OpenJoinerHandshake::answer(ByteView frame) {
  const auto card = read_second(noise_, frame);
  if (!card) return std::unexpected(card.error());
  if (!same_keys(*card, parameters_.host)) return another_card(parameters_.host, *card);
  // -> s, se
  auto third = write_frame(noise_, wire::encode(parameters_.auth), entropy_);
  if (!third) return no_host();
  return third;
}

noise::Transport OpenJoinerHandshake::finish() && {
  return std::move(noise_).finish();
}

OpenHostHandshake::OpenHostHandshake(const crypto::Card& card,
                                     const crypto::X25519KeyPair& static_key, OpenPsk psk,
                                     Entropy& entropy)
    : entropy_(entropy),
      pattern_(pattern_with(psk)),
      card_(card),
      noise_(make_noise(noise::Role::responder, pattern_, static_key.copy(), std::move(psk))) {}

Result<Bytes> OpenHostHandshake::answer(ByteView frame) {
  if (pattern_ == LinkPattern::xx) {
    const auto rest = without_pattern(pattern_, frame);
    if (!rest) return no_joiner();
    frame = *rest;
  }
  // -> e   or   -> psk, e
  const auto payload = read_frame(noise_, frame);
  if (!payload) {
    return payload.error().is(noise::Errc::decryption) ? wrong_password() : no_joiner();
  }
  if (!payload->empty()) return no_joiner();
  // <- e, ee, s, es
  auto second = write_frame(noise_, wire::encode(card_), entropy_);
  if (!second) return no_joiner();
  return second;
}

Result<wire::JoinerAuth> OpenHostHandshake::authenticate(ByteView frame) {
  // -> s, se
  const auto payload = read_frame(noise_, frame);
  if (!payload) return no_joiner();
  auto auth = wire::decode_joiner_auth(*payload);
  if (!auth) return no_joiner();
  // A card of someone else proves nothing: its static key must be the one just proved.
  if (auth->card.static_pk != noise_.remote_static()) return no_joiner();
  return auth;
}

noise::Transport OpenHostHandshake::finish() && {
  return std::move(noise_).finish();
}

}  // namespace sotto::session
