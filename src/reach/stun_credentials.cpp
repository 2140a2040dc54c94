#include "reach/stun_credentials.h"

namespace sotto::reach {
namespace {

constexpr int unauthenticated = 401;
constexpr int stale_nonce = 438;
constexpr std::size_t text_limit = 763;  // bytes of a REALM or NONCE (sections 14.9 and 14.10)

}  // namespace

Bytes StunCredentials::sign(StunMessage request) const {
  if (!ready()) return request.encode();
  request.add(StunType::username, username_);
  request.add(StunType::realm, realm_);
  request.add(StunType::nonce, nonce_);
  return request.encode_authentic(key_.view());
}

bool StunCredentials::vouch_for(const StunMessage& answer) const {
  return ready() && answer.is_authentic(key_.view());
}

bool StunCredentials::learn(const StunMessage& answer, bool was_signed) {
  const auto error = answer.error();
  const auto nonce = answer.text(StunType::nonce);
  const auto realm = answer.text(StunType::realm);
  if (!error || !nonce || nonce->empty() || nonce->size() > text_limit) return false;
  const bool stale = error->code == stale_nonce && ready();
  const bool first = error->code == unauthenticated && !was_signed && realm &&
                     !realm->empty() && realm->size() <= text_limit;
  if (!stale && !first) return false;
  // The realm of a stale nonce is the one that the key was made for.
  if (first) {
    realm_ = *realm;
    Bytes key = long_term_key(username_, realm_, as_text(password_.view()));
    key_ = Secret(ByteView(key));
    wipe(key);
  }
  nonce_ = *nonce;
  return true;
}

}  // namespace sotto::reach
