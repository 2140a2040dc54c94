#include "rendezvous/record.h"

#include <algorithm>

#include "base/big_endian.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "wire/handshake.h"
#include "wire/record_blob.h"

namespace sotto::rendezvous {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::blob_invalid), "record.invalid", Kind::input},
    {static_cast<int>(Errc::forged), "record.forged", Kind::identity},
    {static_cast<int>(Errc::expired), "record.expired", Kind::unreached},
    {static_cast<int>(Errc::rolled_back), "record.rolled_back", Kind::input},
};
const ErrorCategory category("rendezvous", entries);

constexpr std::size_t nonce_bytes = std::tuple_size_v<crypto::Nonce24>;
constexpr std::size_t padded_bytes =
    wire::record_sealed_bytes - nonce_bytes - crypto::tag_bytes;
static_assert(record_bytes_limit == padded_bytes - 2);  // pad_handshake()'s length

constexpr std::string_view host_label = "sotto record 1";

crypto::SymmetricKey daily_key(const crypto::SymmetricKey& record_secret,
                               std::string_view label, std::uint32_t day) {
  std::array<std::byte, sizeof day> context;
  store_be(context, day);
  return crypto::derive_key(record_secret, label, context);
}

crypto::SymmetricKey record_key(const crypto::SymmetricKey& record_secret, std::uint32_t day) {
  return daily_key(record_secret, "sotto record seal 1", day);
}

std::unexpected<Error> invalid(std::string_view complaint) {
  return fail(Errc::blob_invalid, "The host's published record " + std::string(complaint) +
                                      ". Wait for the host to publish again, or ask for a new "
                                      "connection file.");
}

// publishing_pk | seq: what ties the sealed record to its blob.
Bytes associated(const crypto::Ed25519PublicKey& publishing_key, std::uint64_t seq) {
  Bytes out = to_bytes(publishing_key.view());
  append_be(out, seq);
  return out;
}

struct Opened {
  std::uint64_t seq;
  Bytes padded;  // the record
};

Result<Opened> open_blob(ByteView bytes, const crypto::SymmetricKey& record_secret,
                         std::uint32_t day) {
  if (bytes.size() != blob_bytes) return invalid("has the wrong size");
  const Result<wire::RecordBlob> blob = wire::open_record_blob(bytes);
  if (!blob) return invalid("was damaged or tampered with");
  if (blob->publishing_key != publishing_key(record_secret, day).public_key) {
    return invalid("belongs to another day or another connection file");
  }
  crypto::Nonce24 nonce;
  std::ranges::copy(blob->sealed.first(nonce_bytes), nonce.begin());
  Opened out{.seq = blob->seq, .padded = Bytes(padded_bytes)};
  const auto opened = crypto::xchacha20poly1305_decrypt(
      record_key(record_secret, day), nonce, associated(blob->publishing_key, blob->seq),
      blob->sealed.subspan(nonce_bytes), out.padded);
  if (!opened) return invalid("is sealed with another key");
  return out;
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> error_table() {
  return entries;
}

std::uint32_t day_of(WallTime time) {
  return static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

crypto::Ed25519KeyPair publishing_key(const crypto::SymmetricKey& record_secret,
                                      std::uint32_t day) {
  const crypto::SymmetricKey seed = daily_key(record_secret, "sotto record publish 1", day);
  return crypto::Ed25519KeyPair::from(*crypto::Ed25519SecretKey::from(seed.view()));
}

std::uint64_t next_seq(std::uint64_t last, WallTime now) {
  return std::max(last + 1, static_cast<std::uint64_t>(unix_ms(now)));
}

Result<Bytes> publish(wire::RendezvousRecord record,
                      const crypto::Ed25519KeyPair& host_identity,
                      const crypto::SymmetricKey& record_secret, std::uint32_t day,
                      Entropy& entropy) {
  const crypto::Ed25519KeyPair publisher = publishing_key(record_secret, day);
  // With its key: who has the secrets of two rooms' records must not be able to seal one of
  // them for the bearers of the other.
  record.signature = crypto::sign(
      host_identity,
      {as_bytes(host_label), publisher.public_key.view(), wire::signed_bytes(record)});
  const Bytes encoded = wire::encode(record);
  if (encoded.size() > record_bytes_limit) {
    return fail(wire::Errc::over_limit,
                "The room has more addresses than its published record can hold: " +
                    std::to_string(encoded.size()) + " bytes, and " +
                    std::to_string(record_bytes_limit) +
                    " are the most. Publish fewer relays or addresses.");
  }
  const auto nonce = entropy.bytes<nonce_bytes>();
  Bytes sealed(nonce.begin(), nonce.end());
  sealed.resize(wire::record_sealed_bytes);
  crypto::xchacha20poly1305_encrypt(
      record_key(record_secret, day), nonce, associated(publisher.public_key, record.seq),
      wire::pad_handshake(encoded, padded_bytes), MutableBytes(sealed).subspan(nonce_bytes));
  return wire::sign_record_blob(publisher, record.seq, sealed);
}

Result<wire::RendezvousRecord> resolve(ByteView blob,
                                       const crypto::Ed25519PublicKey& host_identity,
                                       const crypto::SymmetricKey& record_secret,
                                       std::uint32_t day, std::uint64_t last_seq,
                                       WallTime now) {
  const Result<Opened> opened = open_blob(blob, record_secret, day);
  if (!opened) return std::unexpected(opened.error());
  const Result<Bytes> encoded = wire::unpad_handshake(opened->padded);
  if (!encoded) return invalid("has wrong padding");
  Result<wire::RendezvousRecord> record = wire::decode_record(*encoded);
  if (!record) return record;
  if (opened->seq != record->seq) {
    return invalid("contradicts itself about its sequence number");
  }
  const ByteView publisher = blob.first(crypto::Ed25519PublicKey::size);
  if (!crypto::verify(host_identity,
                      {as_bytes(host_label), publisher, wire::signed_bytes(*record)},
                      record->signature)) {
    return fail(Errc::forged,
                "The published record is not signed by the host: somebody else who holds the "
                "same connection file published it. Ask the host for a new connection file.");
  }
  if (record->seq < last_seq) {
    return fail(Errc::rolled_back,
                "The published record is older than one already seen, so it was not used. Try "
                "another directory, or wait for the host to publish again.");
  }
  if (now >= record->expires) {
    return fail(Errc::expired,
                "The published record has expired: the host was not seen since. Wait for the "
                "host to come back, and check this machine's clock.");
  }
  return record;
}

}  // namespace sotto::rendezvous
