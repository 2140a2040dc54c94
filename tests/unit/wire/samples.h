// What the tests of this room encode.
#pragma once
#include <gtest/gtest.h>
#include <string>

#include "support/mutations.h"
#include "support/protobuf.h"
#include "support/seeded_entropy.h"
#include "wire/connection_file.h"

namespace sotto::wire {

inline const std::string onion_name = std::string(56, 'a') + ".onion";

inline crypto::Card sample_card(std::uint64_t seed = 1) {
  SeededEntropy entropy(seed);
  return crypto::make_card(crypto::Identity::generate(entropy), "Ada");
}

inline Reach sample_reach() {
  SeededEntropy entropy(2);
  Reach reach;
  reach.direct = {{.host = "192.0.2.7", .port = 1}, {.host = "2001:db8::7", .port = 65535}};
  reach.onion = OnionAddress{
      .address = onion_name, .port = 443, .client_auth_key = crypto::X25519SecretKey(entropy)};
  reach.relays = {{.url = "wss://relay.example:443/#pin=abc", .slot = SlotId::random(entropy)}};
  return reach;
}

inline ConnectionFile sample_file() {
  SeededEntropy entropy(3);
  ConnectionFile file;
  file.host = sample_card();
  file.room_id = RoomId::random(entropy);
  file.room_name = "kitchen";
  file.invite_id = InviteId::random(entropy);
  file.psk = crypto::SymmetricKey(entropy);
  file.record_secret = crypto::SymmetricKey(entropy);
  file.uses = 3;
  file.expires = from_unix_ms(1'800'000'000'123);
  file.allow = {.chat = true, .files = true, .forwards = {"web"}};
  file.reach = sample_reach();
  return file;
}

// `bytes` must be refused as `expected`, with a sentence for the person.
template <class Decode, class E>
void expect_refused(Decode decode, ByteView bytes, E expected) {
  const auto result = decode(bytes);
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().is(expected)) << result.error().name();
  EXPECT_TRUE(result.error().text().ends_with('.')) << result.error().text();
}

inline ByteView view_of(const Bytes& bytes) {
  return bytes;
}
inline ByteView view_of(const Secret& secret) {
  return secret.view();
}

// Damage of any kind is refused or gives something that can be encoded and decoded again.
template <class Decode>
void expect_robust(Decode decode, ByteView bytes) {
  const auto check = [&decode](ByteView damaged) {
    const auto value = decode(damaged);
    if (!value) return;
    const auto again = encode(*value);
    const auto second = decode(view_of(again));
    ASSERT_TRUE(second.has_value()) << second.error().text();
    EXPECT_EQ(to_bytes(view_of(encode(*second))), to_bytes(view_of(again)));
  };
  check(bytes);
  for_each_truncation(bytes, check);
  for_each_flipped_bit(bytes, check);
}

}  // namespace sotto::wire
