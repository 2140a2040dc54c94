#include "noise/handshake_state.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "crypto/x25519.h"

namespace sotto::noise {
namespace {

constexpr std::size_t dh_bytes = 32;  // DHLEN

std::unexpected<Error> bad_length() {
  return fail(Errc::message_length,
              "A handshake message is too short or too long. The other side may be another "
              "program or another version: check the address and update both sides.");
}

}  // namespace

// Initialize(): h = H(name), then the prologue and the static keys that are known beforehand,
// the initiator's first (section 5.3).
HandshakeState::HandshakeState(const Pattern& pattern, Role role, ByteView prologue, Keys keys)
    : pattern_(pattern),
      role_(role),
      keys_(std::move(keys)),
      symmetric_(protocol_name(pattern)) {
  symmetric_.mix_hash(prologue);
  const auto mix_static = [this](Role owner) {
    assert(owner == role_ ? keys_.s.has_value() : keys_.rs.has_value());
    symmetric_.mix_hash(owner == role_ ? keys_.s->public_key.view() : keys_.rs->view());
  };
  if (pattern_.initiator_static_known) mix_static(Role::initiator);
  if (pattern_.responder_static_known) mix_static(Role::responder);
}

bool HandshakeState::my_turn() const {
  return !failed_ && !finished() && (next_message_ % 2 == 0) == (role_ == Role::initiator);
}

bool HandshakeState::finished() const {
  return !failed_ && next_message_ == pattern_.messages.size();
}

void HandshakeState::add_psk(crypto::SymmetricKey psk) {
  keys_.psks.push_back(std::move(psk));
}

Result<Bytes> HandshakeState::write_message(ByteView payload, Entropy& entropy) {
  assert(my_turn());
  auto message = write_tokens(payload, entropy);
  failed_ = !message.has_value();
  ++next_message_;
  return message;
}

Result<Bytes> HandshakeState::write_tokens(ByteView payload, Entropy& entropy) {
  Bytes message;
  if (payload.size() > message_limit - overhead()) return bad_length();
  message.reserve(payload.size() + overhead());
  for (const Token token : pattern_.messages[next_message_]) {
    switch (token) {
      case Token::e:
        if (!keys_.e) keys_.e = crypto::X25519KeyPair::generate(entropy);
        append(message, keys_.e->public_key.view());
        mix_ephemeral(keys_.e->public_key);
        break;
      case Token::s:
        assert(keys_.s.has_value());
        if (auto done = symmetric_.encrypt_and_hash(keys_.s->public_key.view(), message);
            !done) {
          return pass(done);
        }
        break;
      case Token::psk:
        mix_psk();
        break;
      default:
        if (auto done = mix_dh(token); !done) return pass(done);
    }
  }
  if (auto done = symmetric_.encrypt_and_hash(payload, message); !done) return pass(done);
  return message;
}

Result<Bytes> HandshakeState::read_message(ByteView message) {
  assert(!my_turn() && !finished() && !failed_);
  auto payload = read_tokens(message);
  failed_ = !payload.has_value();
  ++next_message_;
  return payload;
}

Result<Bytes> HandshakeState::read_tokens(ByteView message) {
  if (message.size() > message_limit || message.size() < overhead()) return bad_length();
  const auto take = [&message](std::size_t length) {
    const ByteView front = message.first(length);
    message = message.subspan(length);
    return front;
  };
  for (const Token token : pattern_.messages[next_message_]) {
    switch (token) {
      case Token::e:
        re_ = crypto::X25519PublicKey::from(take(dh_bytes));
        mix_ephemeral(*re_);
        break;
      case Token::s: {
        const std::size_t length = dh_bytes + (symmetric_.has_key() ? tag_bytes : 0);
        auto rs = symmetric_.decrypt_and_hash(take(length));
        if (!rs) return pass(rs);
        keys_.rs = crypto::X25519PublicKey::from(*rs);
        break;
      }
      case Token::psk:
        mix_psk();
        break;
      default:
        if (auto done = mix_dh(token); !done) return pass(done);
    }
  }
  return symmetric_.decrypt_and_hash(message);
}

// Section 9.2: where a psk is used, the ephemeral key is also mixed into the chaining key, so
// that no two handshakes encrypt under the same key.
void HandshakeState::mix_ephemeral(const crypto::X25519PublicKey& e) {
  symmetric_.mix_hash(e.view());
  if (pattern_.psks > 0) symmetric_.mix_key(e.view());
}

void HandshakeState::mix_psk() {
  assert(next_psk_ < keys_.psks.size());
  symmetric_.mix_key_and_hash(keys_.psks[next_psk_++].view());
}

// A token's first letter is the initiator's key, its second the responder's.
Result<void> HandshakeState::mix_dh(Token token) {
  const bool initiator = role_ == Role::initiator;
  const bool initiator_ephemeral = token == Token::ee || token == Token::es;
  const bool responder_ephemeral = token == Token::ee || token == Token::se;
  const auto& ours =
      (initiator ? initiator_ephemeral : responder_ephemeral) ? keys_.e : keys_.s;
  const auto& theirs = (initiator ? responder_ephemeral : initiator_ephemeral) ? re_ : keys_.rs;
  assert(ours.has_value() && theirs.has_value());
  const auto shared = crypto::x25519(ours->secret, *theirs);
  if (!shared) {
    return fail(Errc::bad_key,
                "The other side sent a key that hides nothing. Do not trust it: check the "
                "address and the fingerprint.");
  }
  symmetric_.mix_key(shared->view());
  return {};
}

std::size_t HandshakeState::overhead() const {
  assert(next_message_ < pattern_.messages.size());
  std::size_t bytes = 0;
  bool has_key = symmetric_.has_key();
  for (const Token token : pattern_.messages[next_message_]) {
    switch (token) {
      case Token::e:
        bytes += dh_bytes;
        has_key = has_key || pattern_.psks > 0;
        break;
      case Token::s:
        bytes += dh_bytes + (has_key ? tag_bytes : 0);
        break;
      default:
        has_key = true;
    }
  }
  return bytes + (has_key ? tag_bytes : 0);
}

Transport HandshakeState::finish() && {
  assert(finished());
  auto [first, second] = symmetric_.split();
  // Section 7.4: a one-way pattern has no second direction, so its state must not be usable.
  if (pattern_.one_way()) second.set_nonce(std::numeric_limits<std::uint64_t>::max());
  const bool initiator = role_ == Role::initiator;
  return {.send = std::move(initiator ? first : second),
          .receive = std::move(initiator ? second : first),
          .handshake_hash = symmetric_.handshake_hash(),
          .exporter = symmetric_.export_key("sotto exporter 1"),
          .remote_static = keys_.rs};
}

}  // namespace sotto::noise
