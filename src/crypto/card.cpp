#include "crypto/card.h"

#include <array>
#include <cassert>
#include <cstdio>

#include "base/big_endian.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view card_label = "sotto card 1";
constexpr std::string_view fingerprint_label = "sotto fingerprint 1";
constexpr std::string_view safety_number_label = "sotto safety number 1";
constexpr std::size_t fingerprint_letters = 32;
constexpr std::size_t group_letters = 4;

// All of the signed bytes but the label: version (1) | keys (3 x 32) | name length (1) | name.
Bytes signed_fields(const Card& card) {
  Bytes out{std::byte{1}};
  append(out, card.identity_pk.view());
  append(out, card.static_pk.view());
  append(out, card.seal_pk.view());
  out.push_back(static_cast<std::byte>(card.name.size()));
  append(out, as_bytes(card.name));
  return out;
}

// 30 digits: 6 groups of 5, each from 5 bytes of the last hash.
std::string half_of_safety_number(const Fingerprint& fingerprint) {
  constexpr int iterations = 5200;
  Hash64 hash = blake2b_512({as_bytes(safety_number_label), fingerprint.view()});
  for (int i = 1; i < iterations; ++i) hash = blake2b_512({hash, fingerprint.view()});

  std::string digits;
  for (std::size_t group = 0; group < 6; ++group) {
    std::array<std::byte, 8> number{};
    std::ranges::copy(ByteView(hash).subspan(group * 5, 5), number.begin() + 3);
    char text[6];
    std::snprintf(text, sizeof text, "%05u",
                  static_cast<unsigned>(load_be<std::uint64_t>(number) % 100'000));
    digits += text;
  }
  return digits;
}

std::string in_groups(std::string_view letters, std::size_t size, char separator) {
  std::string out;
  for (std::size_t at = 0; at < letters.size(); at += size) {
    if (at > 0) out += separator;
    out += letters.substr(at, size);
  }
  return out;
}

}  // namespace

Identity Identity::generate(Entropy& entropy) {
  return {Ed25519KeyPair::generate(entropy), X25519KeyPair::generate(entropy),
          SealKeyPair::generate(entropy)};
}

Card make_card(const Identity& identity, std::string name) {
  assert(is_name(name));
  Card card{identity.identity.public_key,
            identity.static_key.public_key,
            identity.seal.public_key,
            std::move(name),
            {}};
  card.signature = sign(identity.identity, {as_bytes(card_label), signed_fields(card)});
  return card;
}

Result<void> check_card(const Card& card) {
  if (!is_name(card.name)) {
    return fail(Errc::card_invalid,
                "The name on this card is empty, longer than 64 bytes or holds characters that "
                "do not show. Ask its owner for a card with a plain name.");
  }
  if (!verify(card.identity_pk, {as_bytes(card_label), signed_fields(card)}, card.signature)) {
    return fail(Errc::card_invalid,
                "This card was changed after its owner signed it. Ask its owner for it again, "
                "by another way.");
  }
  return {};
}

Fingerprint fingerprint(const Card& card) {
  const Hash64 hash = blake2b_512({as_bytes(fingerprint_label), card.identity_pk.view(),
                                   card.static_pk.view(), card.seal_pk.view()});
  return *Fingerprint::from(ByteView(hash).first(Fingerprint::size));
}

std::string to_string(const Fingerprint& fingerprint) {
  return in_groups(to_base32(fingerprint.view()), group_letters, '-');
}

Result<Fingerprint> parse_fingerprint(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    letters += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const auto bytes = from_base32(letters);
  if (letters.size() != fingerprint_letters || !bytes) {
    return fail(Errc::bad_fingerprint,
                "This is not a fingerprint: it should be 8 groups of 4 letters (a to z) or "
                "digits (2 to 7), as `sotto id` shows it.");
  }
  return *Fingerprint::from(*bytes);
}

std::string safety_number(const Fingerprint& a, const Fingerprint& b) {
  const std::string half_a = half_of_safety_number(a);
  const std::string half_b = half_of_safety_number(b);
  return in_groups(half_a < half_b ? half_a + half_b : half_b + half_a, 5, ' ');
}

}  // namespace sotto::crypto
