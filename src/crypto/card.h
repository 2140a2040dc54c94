// A card: the public identity of a profile (docs/protocol.md section 1), its fingerprint, and
// the safety number of two.
//
// Signed bytes: "sotto card 1" | version (1) | identity_pk (32) | static_pk (32) | seal_pk (32)
// | name length (1) | name.  The protobuf form is wire/card.h's.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

using Fingerprint = FixedBytes<struct FingerprintTag, 20>;  // 160 bits

struct Card {
  Ed25519PublicKey identity_pk;
  X25519PublicKey static_pk;
  SealPublicKey seal_pk;
  std::string name;  // is_name() (base/text.h)
  Signature signature;

  friend bool operator==(const Card&, const Card&) = default;
};

// The three key pairs of one profile.
struct Identity {
  Ed25519KeyPair identity;
  X25519KeyPair static_key;
  SealKeyPair seal;
  static Identity generate(Entropy& entropy);
};

// `name` must satisfy is_name() (asserted).
Card make_card(const Identity& identity, std::string name);

// Errc::card_invalid for a bad name or signature.
Result<void> check_card(const Card& card);

// First 160 bits of BLAKE2b-512("sotto fingerprint 1" | identity_pk | static_pk | seal_pk).
Fingerprint fingerprint(const Card& card);

// 8 groups of 4 lower-case base32 letters: "abcd-efgh-...".
std::string to_string(const Fingerprint& fingerprint);

// Takes what to_string() prints, with or without dashes or spaces, in either case.
// Errc::bad_fingerprint otherwise.
Result<Fingerprint> parse_fingerprint(std::string_view text);

// 60 digits in 12 groups of 5, the same whichever card comes first.  Each half: 30 digits from
// 5200 iterations of BLAKE2b-512 over (previous | fingerprint), as Signal's numeric
// fingerprints do with SHA-512; the smaller half first.
std::string safety_number(const Fingerprint& a, const Fingerprint& b);

}  // namespace sotto::crypto
