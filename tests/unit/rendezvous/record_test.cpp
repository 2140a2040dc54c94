#include "rendezvous/record.h"

#include <gtest/gtest.h>

#include "base/big_endian.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "support/mutations.h"
#include "support/seeded_entropy.h"

namespace sotto::rendezvous {
namespace {

constexpr std::uint32_t today = 20'412;
const WallTime now = WallTime(std::chrono::days(today)) + std::chrono::hours(12);

// The format again, straight from the header's words, to write what publish() never would.
constexpr std::size_t padded_bytes = 852;

Bytes pad(ByteView record) {
  Bytes padded;
  append_be(padded, static_cast<std::uint16_t>(record.size()));
  append(padded, record);
  padded.resize(padded_bytes);
  return padded;
}

Bytes blob_by_hand(const crypto::SymmetricKey& secret, std::uint32_t day, std::uint64_t seq,
                   ByteView padded) {
  Bytes day_bytes;
  append_be(day_bytes, day);
  const auto seed = crypto::derive_key(secret, "sotto record publish 1", day_bytes);
  const auto publisher =
      crypto::Ed25519KeyPair::from(*crypto::Ed25519SecretKey::from(seed.view()));
  Bytes blob = to_bytes(publisher.public_key.view());
  append_be(blob, seq);
  Bytes sealed(padded.size() + crypto::tag_bytes);
  crypto::xchacha20poly1305_encrypt(
      crypto::derive_key(secret, "sotto record seal 1", day_bytes), crypto::Nonce24{}, blob,
      padded, sealed);
  append(blob, Bytes(24));
  append(blob, sealed);
  const auto signature =
      crypto::sign(publisher, {as_bytes("sotto record blob 1"), ByteView(blob).subspan(32)});
  append(blob, signature.view());
  return blob;
}

class Record : public testing::Test {
 protected:
  SeededEntropy entropy{11};
  crypto::Ed25519KeyPair host = crypto::Ed25519KeyPair::generate(entropy);
  crypto::SymmetricKey secret{entropy};

  wire::RendezvousRecord sample(std::uint64_t seq = 100) {
    wire::RendezvousRecord record;
    record.seq = seq;
    record.issued = now;
    record.expires = now + std::chrono::hours(1);
    record.direct = {
        {.address = {.host = "192.0.2.7", .port = 4000}, .source = wire::AddressSource::upnp}};
    record.relays = {{.url = "wss://relay.example/", .slot = wire::SlotId::random(entropy)}};
    return record;
  }

  Bytes published(std::uint64_t seq = 100) {
    auto blob = publish(sample(seq), host, secret, today, entropy);
    EXPECT_TRUE(blob.has_value());
    return *blob;
  }

  Result<wire::RendezvousRecord> resolved(ByteView blob, std::uint64_t last_seq = 0,
                                          WallTime at = now) {
    return resolve(blob, host.public_key, secret, today, last_seq, at);
  }

  template <class E>
  static void expect_refused(const Result<wire::RendezvousRecord>& result, E expected) {
    ASSERT_FALSE(result.has_value());
    EXPECT_TRUE(result.error().is(expected)) << result.error().name();
    EXPECT_TRUE(result.error().text().ends_with('.'));
  }
};

TEST_F(Record, RoundTrip) {
  const auto blob = published();
  EXPECT_EQ(blob.size(), blob_bytes);
  const auto record = resolved(blob);
  ASSERT_TRUE(record.has_value()) << record.error().text();
  EXPECT_EQ(record->seq, 100U);
  EXPECT_EQ(record->direct.front().address.host, "192.0.2.7");
  EXPECT_EQ(record->relays.size(), 1U);
}

TEST_F(Record, IsAsTheHeaderSays) {
  auto record = sample(7);
  const auto publisher = publishing_key(secret, today).public_key;
  record.signature = crypto::sign(
      host, {as_bytes("sotto record 1"), publisher.view(), wire::signed_bytes(record)});
  const auto blob = blob_by_hand(secret, today, 7, pad(wire::encode(record)));
  ASSERT_EQ(blob.size(), blob_bytes);
  const auto read = resolved(blob);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(wire::signed_bytes(*read), wire::signed_bytes(record));
}

// Somebody with the secrets of two records of one host, such as a shared invite and another
// room's: the one record, signed as it is, sealed for those who look for the other.
TEST_F(Record, IsForItsBearersAndItsDayAlone) {
  const crypto::SymmetricKey other(entropy);
  const auto record = resolved(published());
  ASSERT_TRUE(record.has_value());
  const Bytes padded = pad(wire::encode(*record));
  EXPECT_TRUE(resolved(blob_by_hand(secret, today, 100, padded)).has_value());
  const auto resealed = blob_by_hand(other, today, 100, padded);
  expect_refused(resolve(resealed, host.public_key, other, today, 0, now), Errc::forged);
  const auto tomorrow = blob_by_hand(secret, today + 1, 100, padded);
  expect_refused(resolve(tomorrow, host.public_key, secret, today + 1, 0, now), Errc::forged);
}

TEST_F(Record, HasOneSizeWhateverIsInside) {
  wire::RendezvousRecord record = sample();
  record.direct.clear();
  record.relays.clear();
  EXPECT_EQ(publish(record, host, secret, today, entropy)->size(), blob_bytes);

  // Fill up to the last byte, then one more.
  record.relays = {{.url = "wss://", .slot = {}},
                   {.url = "wss://" + std::string(200, 'a'), .slot = {}}};
  auto& url = record.relays.front().url;
  url.resize(300, 'a');
  while (publish(record, host, secret, today, entropy).has_value()) url += 'a';
  const auto over = publish(record, host, secret, today, entropy);
  EXPECT_TRUE(over.error().is(wire::Errc::over_limit));
  EXPECT_EQ(wire::encode(record).size(), padded_bytes - 2 + 1);
  url.pop_back();
  const auto full = publish(record, host, secret, today, entropy);
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->size(), blob_bytes);
  EXPECT_TRUE(resolved(*full).has_value());
}

TEST_F(Record, EveryDamageFails) {
  const auto blob = published();
  const auto invalid = [this](ByteView damaged) {
    expect_refused(resolved(damaged), Errc::blob_invalid);
  };
  for_each_flipped_bit(blob, invalid);
  for_each_truncation(blob, invalid);
  Bytes longer = blob;
  longer.push_back({});
  invalid(longer);
}

TEST_F(Record, HigherSeqWinsAndOlderIsNeverAccepted) {
  const auto blob = published(100);
  EXPECT_TRUE(resolved(blob, 99).has_value());
  EXPECT_TRUE(resolved(blob, 100).has_value());  // seen again
  expect_refused(resolved(blob, 101), Errc::rolled_back);
}

TEST_F(Record, Expires) {
  const auto blob = published();
  const WallTime end = now + std::chrono::hours(1);
  EXPECT_TRUE(resolved(blob, 0, end - milliseconds(1)).has_value());
  expect_refused(resolved(blob, 0, end), Errc::expired);
}

TEST_F(Record, AnotherIdentityCannotPublish) {
  const auto eve = crypto::Ed25519KeyPair::generate(entropy);
  const auto blob = publish(sample(), eve, secret, today, entropy);
  expect_refused(resolved(*blob), Errc::forged);
}

TEST_F(Record, AnotherSecretDoesNotOpen) {
  const crypto::SymmetricKey other(entropy);
  const auto blob = publish(sample(), host, other, today, entropy);
  expect_refused(resolved(*blob), Errc::blob_invalid);
}

TEST_F(Record, AnotherDayDoesNotOpen) {
  for (const std::uint32_t day : {today - 1, today + 1}) {
    const auto blob = publish(sample(), host, secret, day, entropy);
    expect_refused(resolved(*blob), Errc::blob_invalid);
  }
}

// Who holds the secret can put anything in the host's place, and gains nothing.
TEST_F(Record, JammedBlobs) {
  expect_refused(resolved(blob_by_hand(secret, today, 1, Bytes(padded_bytes, std::byte{0xa5}))),
                 Errc::blob_invalid);
  expect_refused(resolved(blob_by_hand(secret, today, 1, Bytes(padded_bytes))),
                 wire::Errc::malformed);
  const auto genuine = resolved(published(100));
  ASSERT_TRUE(genuine.has_value());
  const Bytes padded = pad(wire::encode(*genuine));
  expect_refused(resolved(blob_by_hand(secret, today, 101, padded)), Errc::blob_invalid);
  Bytes trailing = padded;
  trailing.back() = std::byte{1};
  expect_refused(resolved(blob_by_hand(secret, today, 100, trailing)), Errc::blob_invalid);
  wire::RendezvousRecord moved = *genuine;
  moved.direct.front().address.host = "203.0.113.66";
  expect_refused(resolved(blob_by_hand(secret, today, 100, pad(wire::encode(moved)))),
                 Errc::forged);
}

TEST_F(Record, DaysShareNothingInTheClear) {
  const auto one = publish(sample(1), host, secret, today, entropy);
  const auto two = publish(sample(2), host, secret, today + 1, entropy);
  const auto same_day = publish(sample(1), host, secret, today, entropy);
  const auto key = [](const Result<Bytes>& blob) {
    return to_bytes(ByteView(*blob).first(32));
  };
  const auto sealed = [](const Result<Bytes>& blob) {
    return to_bytes(ByteView(*blob).subspan(40, 892));
  };
  EXPECT_NE(key(one), key(two));
  EXPECT_EQ(key(one), key(same_day));
  EXPECT_NE(sealed(one), sealed(same_day));
  EXPECT_EQ(key(one), to_bytes(publishing_key(secret, today).public_key.view()));
  EXPECT_NE(key(one),
            to_bytes(publishing_key(crypto::SymmetricKey(entropy), today).public_key.view()));
}

TEST_F(Record, DaysBeginAtMidnightUtc) {
  EXPECT_EQ(day_of(from_unix_ms(0)), 0U);
  EXPECT_EQ(day_of(from_unix_ms(86'399'999)), 0U);
  EXPECT_EQ(day_of(from_unix_ms(86'400'000)), 1U);
  EXPECT_EQ(day_of(now), today);
}

TEST_F(Record, SequenceNumbersGrow) {
  EXPECT_EQ(next_seq(0, from_unix_ms(5)), 5U);
  EXPECT_EQ(next_seq(4, from_unix_ms(5)), 5U);
  EXPECT_EQ(next_seq(5, from_unix_ms(5)), 6U);
  EXPECT_EQ(next_seq(1000, from_unix_ms(5)), 1001U);
}

TEST_F(Record, ErrorsHaveNames) {
  EXPECT_EQ(make_error_code(Errc::blob_invalid).message(), "record.invalid");
  EXPECT_EQ(Error(Errc::forged, "Text.").kind(), Kind::identity);
  EXPECT_EQ(Error(Errc::expired, "Text.").kind(), Kind::unreached);
  EXPECT_EQ(Error(Errc::rolled_back, "Text.").name(), "record.rolled_back");
  EXPECT_EQ(error_table().size(), 4U);
}

}  // namespace
}  // namespace sotto::rendezvous
