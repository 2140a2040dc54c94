#include "rendezvous/record.h"

#include <algorithm>

#include "base/big_endian.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "wire/handshake.h"

namespace sotto::rendezvous {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::blob_invalid), "record.invalid", Kind::input},
    {static_cast<int>(Errc::forged), "record.forged", Kind::identity},
    {static_cast<int>(Errc::expired), "record.expired", Kind::unreached},
    {static_cast<int>(Errc::rolled_back), "record.rolled_back", Kind::input},
};
const ErrorCategory category("rendezvous", entries);

// Where things are in a blob.
constexpr std::size_t pk_bytes = crypto::Ed25519PublicKey::size;
constexpr std::size_t head_bytes = pk_bytes + sizeof(std::uint64_t);  // publishing_pk | seq
constexpr std::size_t nonce_bytes = std::tuple_size_v<crypto::Nonce24>;
constexpr std::size_t sealed_bytes = blob_bytes - head_bytes - crypto::Signature::size;
constexpr std::size_t padded_bytes = sealed_bytes - nonce_bytes - crypto::tag_bytes;
static_assert(record_bytes_limit == padded_bytes - 2);  // pad_handshake()'s length

constexpr std::string_view host_label = "sotto record 1";
constexpr std::string_view blob_label = "sotto record blob 1";

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

// The padded record inside a blob whose outer signature holds.
Result<Bytes> open_blob(ByteView blob, const crypto::SymmetricKey& record_secret,
                        std::uint32_t day) {
  if (blob.size() != blob_bytes) return invalid("has the wrong size");
  const crypto::Ed25519PublicKey publisher = publishing_key(record_secret, day).public_key;
  if (!std::ranges::equal(blob.first(pk_bytes), publisher.view())) {
    return invalid("belongs to another day or another connection file");
  }
  const ByteView seq_and_sealed =
      blob.subspan(pk_bytes, blob_bytes - pk_bytes - crypto::Signature::size);
  const auto signature = crypto::Signature::from(blob.last(crypto::Signature::size));
  if (!crypto::verify(publisher, {as_bytes(blob_label), seq_and_sealed}, *signature)) {
    return invalid("was damaged or tampered with");
  }
  const ByteView sealed = blob.subspan(head_bytes, sealed_bytes);
  crypto::Nonce24 nonce;
  std::ranges::copy(sealed.first(nonce_bytes), nonce.begin());
  Bytes padded(padded_bytes);
  const auto opened = crypto::xchacha20poly1305_decrypt(record_key(record_secret, day), nonce,
                                                        blob.first(head_bytes),
                                                        sealed.subspan(nonce_bytes), padded);
  if (!opened) return invalid("is sealed with another key");
  return padded;
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
  record.signature =
      crypto::sign(host_identity, {as_bytes(host_label), wire::signed_bytes(record)});
  const Bytes encoded = wire::encode(record);
  if (encoded.size() > record_bytes_limit) {
    return fail(wire::Errc::over_limit,
                "The room has more addresses than its published record can hold: " +
                    std::to_string(encoded.size()) + " bytes, and " +
                    std::to_string(record_bytes_limit) +
                    " are the most. Publish fewer relays or addresses.");
  }
  const crypto::Ed25519KeyPair publisher = publishing_key(record_secret, day);
  Bytes blob;
  blob.reserve(blob_bytes);
  append(blob, publisher.public_key.view());
  append_be(blob, record.seq);
  const auto nonce = entropy.bytes<nonce_bytes>();
  append(blob, nonce);
  blob.resize(head_bytes + sealed_bytes);
  crypto::xchacha20poly1305_encrypt(record_key(record_secret, day), nonce,
                                    ByteView(blob).first(head_bytes),
                                    wire::pad_handshake(encoded, padded_bytes),
                                    MutableBytes(blob).subspan(head_bytes + nonce_bytes));
  const crypto::Signature signature =
      crypto::sign(publisher, {as_bytes(blob_label), ByteView(blob).subspan(pk_bytes)});
  append(blob, signature.view());
  return blob;
}

Result<wire::RendezvousRecord> resolve(ByteView blob,
                                       const crypto::Ed25519PublicKey& host_identity,
                                       const crypto::SymmetricKey& record_secret,
                                       std::uint32_t day, std::uint64_t last_seq,
                                       WallTime now) {
  const Result<Bytes> padded = open_blob(blob, record_secret, day);
  if (!padded) return std::unexpected(padded.error());
  const Result<Bytes> encoded = wire::unpad_handshake(*padded);
  if (!encoded) return invalid("has wrong padding");
  Result<wire::RendezvousRecord> record = wire::decode_record(*encoded);
  if (!record) return record;
  if (load_be<std::uint64_t>(blob.subspan(pk_bytes)) != record->seq) {
    return invalid("contradicts itself about its sequence number");
  }
  if (!crypto::verify(host_identity, {as_bytes(host_label), wire::signed_bytes(*record)},
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
