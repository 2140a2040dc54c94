// People for handshakes: a host, a joiner and what the joiner's connection file would say.
#pragma once
#include <string>
#include <utility>

#include "session/handshake.h"
#include "support/seeded_entropy.h"

namespace sotto {

struct Person {
  Person(Entropy& entropy, std::string name)
      : identity(crypto::Identity::generate(entropy)),
        card(crypto::make_card(identity, std::move(name))) {}

  crypto::Identity identity;
  crypto::Card card;
};

// `joiner` comes to `host` with an invite.
inline session::JoinerParameters joiner_parameters(const Person& joiner, const Person& host,
                                                   const LinkRef& ref,
                                                   const crypto::SymmetricKey& psk) {
  return {
      .static_key = joiner.identity.static_key.copy(),
      .host_identity = host.card.identity_pk,
      .host_static = host.card.static_pk,
      .ref = ref,
      .psk = psk.copy(),
      .auth = {.card = joiner.card, .purpose = wire::Purpose::enter, .resume = std::nullopt}};
}

}  // namespace sotto
